"""How good churn probabilities are: discrimination, calibration, money. None depends on the rows' order."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.clv.report import auc

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
BINS = 10

__all__ = [
    "auc",
    "auc_interval",
    "average_precision",
    "brier",
    "captured",
    "ece",
    "lift",
    "miscalibration",
    "psi",
    "top_mean",
]


def auc_interval(churned: Flags, score: Floats, level: float = 0.95) -> tuple[float, float]:
    """Interval of the AUC by DeLong, DeLong, Clarke-Pearson (Biometrics 44, 1988), from mid-ranks."""
    ones, zeros = int(churned.sum()), int((~churned).sum())
    if min(ones, zeros) < 2:
        return 0.0, 1.0
    ranks = _mid_ranks(score)
    above = (ranks[churned] - _mid_ranks(score[churned])) / zeros
    below = (ranks[~churned] - _mid_ranks(score[~churned])) / ones
    spread = math.sqrt(above.var(ddof=1) / ones + below.var(ddof=1) / zeros)
    half = NormalDist().inv_cdf((1 + level) / 2) * spread
    middle = float(above.mean())
    return max(0.0, middle - half), min(1.0, middle + half)


def _mid_ranks(values: Floats) -> Floats:
    """Places in ascending order, from 1; equal values share the middle of theirs.

    ``scipy.stats`` has it, and takes longer to load than the rest of a process.
    """
    _values, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles: Floats = np.cumsum(counts) - (counts - 1) / 2
    return middles[group]


def average_precision(churned: Flags, score: Floats) -> float:
    """Mean precision over the churners, ties taken together."""
    if not churned.any():
        return 0.0
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(churned[order])
    last = np.append(np.diff(score[order]) != 0, True)
    hits, size = hits[last], (np.flatnonzero(last) + 1)
    return float(np.sum(np.diff(hits, prepend=0) * hits / size) / hits[-1])


def brier(churned: Flags, probability: Floats) -> float:
    """Mean squared error of the probabilities."""
    return float(np.mean((probability - churned) ** 2))


def ece(churned: Flags, probability: Floats) -> float:
    """Expected calibration error over ten equally wide bins."""
    return sum(n * abs(mean - rate) for mean, rate, n in reliability(churned, probability)) / len(churned)


def miscalibration(churned: Flags, probability: Floats) -> float:
    """Calibration error beyond what chance alone gives to perfect probabilities of so few customers."""
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    spread = np.sqrt(np.bincount(place, probability * (1 - probability), BINS))
    chance = math.sqrt(2 / math.pi) * float(spread.sum()) / len(churned)
    return math.sqrt(max(ece(churned, probability) ** 2 - chance**2, 0.0))


def reliability(churned: Flags, probability: Floats) -> list[tuple[float, float, int]]:
    """Mean probability, share that left and size of each of ten equally wide bins that hold anybody."""
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    size = np.bincount(place, minlength=BINS)
    mean = np.bincount(place, probability, BINS) / np.maximum(size, 1)
    rate = np.bincount(place, churned, BINS) / np.maximum(size, 1)
    return [(float(mean[i]), float(rate[i]), int(size[i])) for i in np.flatnonzero(size)]


def top_mean(order: Floats, amount: Any, share: float) -> float:
    """Mean of ``amount`` among the first ⌈share · n⌉ by falling ``order``; ties at the edge count in part."""
    amount = np.asarray(amount, dtype=np.float64)
    count = math.ceil(share * len(order) - 1e-9)
    edge = np.partition(order, len(order) - count)[len(order) - count]
    above, tied = order > edge, order == edge
    return float((amount[above].sum() + amount[tied].mean() * (count - above.sum())) / count)


def lift(churned: Flags, score: Floats, share: float = 0.1) -> float:
    """How many times more churners the top tenth holds than everybody."""
    rate = churned.mean()
    return top_mean(score, churned, share) / float(rate) if rate else 0.0


def captured(lost: Floats, order: Floats, share: float = 0.2) -> float:
    """Share of the money in ``lost`` that the first fifth by falling ``order`` holds."""
    total = float(lost.sum())
    return top_mean(order, lost, share) * math.ceil(share * len(order) - 1e-9) / total if total else 0.0


def deciles(values: Floats) -> list[float]:
    """The nine inner cut-points, without repeats."""
    return np.unique(np.quantile(values, np.arange(1, BINS) / BINS)).tolist() if len(values) else []


def shares(values: Floats, cuts: list[float]) -> list[float]:
    """Share of the values in each class between the cut-points."""
    place = np.searchsorted(np.asarray(cuts), values, side="left")
    return (np.bincount(place, minlength=len(cuts) + 1) / max(len(values), 1)).tolist()


def psi(expected: list[float], actual: list[float]) -> float:
    """Population stability index of two lists of shares: .1 is a drift, .25 another population."""
    e, a = (np.maximum(np.asarray(side, dtype=np.float64), 1e-4) for side in (expected, actual))
    return float(np.sum((a - e) * np.log(a / e)))
