"""Weights from the data themselves: a criterion that tells customers apart weighs more (熵权法).

C. E. Shannon, "A mathematical theory of communication", 1948; as weights: C. L. Hwang, K. Yoon, "Multiple
Attribute Decision Making", Springer 1981, section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray


def entropy_weights(
    matrix: ArrayLike,
    *,
    normalise: Literal["none", "min-max"] = "none",
    cost: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Weights (n,) summing to 1 of the columns of ``matrix`` (m objects, n criteria; finite, m ≥ 2).

    p_ij = x_ij / Σ_i x_ij, e_j = −(1/ln m) Σ_i p_ij ln p_ij, w_j = (1 − e_j) / Σ_j (1 − e_j). "min-max"
    brings each column to 0 … 1 by its own smallest and largest value first, where ``cost`` (n,) is true the
    other way round; without it values must not be negative. A constant column weighs nothing; when all are
    constant, all weigh the same. Raises ValueError for another shape, too few rows or negative values.
    """
    values = np.asarray(matrix, dtype=float)
    if values.ndim != 2 or len(values) < 2 or values.shape[1] < 1:
        raise ValueError("entropy needs at least two rows and one column")
    if not np.all(np.isfinite(values)):
        raise ValueError("entropy needs finite values")
    constant = np.ptp(values, axis=0) == 0
    if normalise == "min-max":
        values = _min_max(values, cost)
    if np.any(values < 0):
        raise ValueError("entropy needs values of zero and above")
    information = np.where(constant, 0.0, 1 - _entropy(values))
    total = information.sum()
    count = values.shape[1]
    return information / total if total > 0 else np.full(count, 1 / count)


def counted_entropy_weights(columns: Sequence[tuple[ArrayLike, ArrayLike]]) -> NDArray[np.float64]:
    """The same weights from each criterion's distinct values (zero and above) and how many objects have them.

    Ten million objects fit into a few arrays, and a criterion may be unknown for some: each has its own m.
    """
    information = np.array([counted_information(values, counts) for values, counts in columns])
    total = information.sum()
    return information / total if total > 0 else np.full(len(columns), 1 / len(columns))


def counted_information(values: ArrayLike, counts: ArrayLike) -> float:
    """1 − e_j of one criterion from its distinct values and how many objects have each."""
    found, number = np.asarray(values, dtype=float), np.asarray(counts, dtype=float)
    if np.any(found < 0) or not np.all(np.isfinite(found)):
        raise ValueError("entropy needs finite values of zero and above")
    objects = number.sum()
    if objects < 2 or np.ptp(found) == 0:
        return 0.0
    shares = found / (found * number).sum()
    logs = np.log(np.where(shares > 0, shares, 1))
    return float(1 + (number * shares * logs).sum() / np.log(objects))


def _min_max(values: NDArray[np.float64], cost: ArrayLike | None) -> NDArray[np.float64]:
    low, span = values.min(axis=0), np.ptp(values, axis=0)
    scaled = (values - low) / np.where(span == 0, 1, span)
    if cost is not None:
        scaled = np.where(np.asarray(cost, dtype=bool), 1 - scaled, scaled)
    return scaled


def _entropy(values: NDArray[np.float64]) -> NDArray[np.float64]:
    totals = values.sum(axis=0)
    shares = values / np.where(totals == 0, 1, totals)
    terms = np.where(shares > 0, shares * np.log(np.where(shares > 0, shares, 1)), 0)
    found: NDArray[np.float64] = -terms.sum(axis=0) / np.log(len(values))
    return found


def blended_weights(
    judged: ArrayLike, measured: ArrayLike, *, share: float | None = None
) -> NDArray[np.float64]:
    """Weights (n,) from people's and the data's: share·judged + (1 − share)·measured, or their product.

    Without ``share`` the products are brought to a sum of 1; should all be zero, the judged weights stay.
    Raises ValueError for weights of different criteria and for a share outside of 0 to 1.
    """
    first, second = np.asarray(judged, dtype=float), np.asarray(measured, dtype=float)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError("both kinds of weights belong to the same criteria")
    if share is not None:
        if not 0 <= share <= 1:
            raise ValueError("the share of the judged weights lies between 0 and 1")
        return share * first / first.sum() + (1 - share) * second / second.sum()
    product = first * second
    return product / product.sum() if product.sum() > 0 else first / first.sum()
