"""How much each level tells, estimated by expectation-maximisation (Fellegi & Sunter 1969; Winkler 1988).

Unrelated pairs are sampled at random, which gives ``u``. ``m`` and the number of true pairs are estimated
from the candidate pairs; the starting values count like a few observed pairs, so that a small base is judged
by them and a large one by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhike.analytics.duplicates.evidence import Comparison

Levels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

STARTING_PAIRS = 40.0
STARTING_SAMPLE = 2_000.0
ROUNDS = 25
#: Records of one's own that are a second one, before anything is known.
STARTING_SHARE = 0.02
#: Below so many records nothing is concluded from how few there are, nor from pairs drawn among them.
SMALLEST_BASE = 5_000
SMALLEST_SAMPLED = 500


@dataclass
class Weights:
    """``m[c][k]`` and ``u[c][k]`` for level k of comparison c; ``prior`` of any two records being one."""

    m: list[Floats] = field(default_factory=list)
    u: list[Floats] = field(default_factory=list)
    prior: float = 1e-6


def starting(comparisons: Sequence[Comparison], records: int) -> Weights:
    """What is believed before the data speak."""
    return Weights(
        [_shares([c.worst[0], *(level.m for level in reversed(c.levels))]) for c in comparisons],
        [_shares([c.worst[1], *(level.u for level in reversed(c.levels))]) for c in comparisons],
        STARTING_SHARE * max(records, SMALLEST_BASE) / _pairs(records),
    )


def _pairs(records: int) -> float:
    size = max(records, SMALLEST_BASE)
    return size * (size - 1) / 2


def _shares(values: Sequence[float]) -> Floats:
    array = np.asarray(values, dtype=float)
    return array / array.sum()


def observe_unrelated(weights: Weights, levels: Levels) -> None:
    """``u`` from pairs drawn at random; rare levels keep a part of what was believed."""
    for place, believed in enumerate(weights.u):
        seen = _counted(levels[:, place], len(believed))
        weights.u[place] = (seen + STARTING_SAMPLE * believed) / (seen.sum() + STARTING_SAMPLE)


def _counted(levels: Levels, count: int, weight: Floats | None = None) -> Floats:
    known = levels >= 0
    chosen = None if weight is None else weight[known]
    return np.bincount(levels[known], weights=chosen, minlength=count).astype(float)


def estimate(weights: Weights, levels: Levels, rarity: Floats, records: int) -> Floats:
    """Fit ``m`` and ``prior`` to the candidate pairs; their probabilities.

    ``rarity`` is what single values add to the levels' own weights, as logarithms per comparison.
    """
    believed = [m.copy() for m in weights.m]
    pairs = _pairs(records)
    prior_pairs = weights.prior * pairs
    chance = probabilities(weights, levels, rarity)
    for _round in range(ROUNDS):
        for place, start in enumerate(believed):
            seen = _counted(levels[:, place], len(start), chance)
            weights.m[place] = (seen + STARTING_PAIRS * start) / (seen.sum() + STARTING_PAIRS)
        expected = chance.sum() + min(prior_pairs, STARTING_PAIRS)
        weights.prior = float(np.clip(expected / pairs, 1e-12, 0.5))
        before, chance = chance, probabilities(weights, levels, rarity)
        if len(chance) == 0 or np.abs(chance - before).max() < 1e-6:
            break
    return chance


def probabilities(weights: Weights, levels: Levels, rarity: Floats) -> Floats:
    """P(one customer | what agrees and what does not), missing values telling nothing."""
    odds = np.full(len(levels), np.log(weights.prior / (1 - weights.prior)))
    for place, (m, u) in enumerate(zip(weights.m, weights.u, strict=True)):
        ratio = np.append(np.log(m) - np.log(u), 0.0)  # the last one is read by -1: missing
        odds += ratio[levels[:, place]]
    odds += rarity.sum(axis=1) if rarity.size else 0.0
    return 1.0 / (1.0 + np.exp(-np.clip(odds, -60, 60)))
