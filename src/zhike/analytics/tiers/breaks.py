"""Natural breaks: classes that differ as little as possible inside and as much as possible between them.

W. D. Fisher, "On grouping for maximum homogeneity", Journal of the American Statistical Association 53
(1958), 789–798; known from maps as Jenks' method. The optimum is found exactly, so that the same customers
always get the same tiers, and equal scores are never separated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.distribution import Distribution

#: More distinct scores than this are gathered in classes of equal width first.
MOST_VALUES = 1_000


def natural_breaks(found: Distribution, classes: int) -> tuple[float | None, ...]:
    """The lowest values of the second to the last class; None for classes that find no values any more.

    With too few distinct values the upper classes are filled first: the best customers are told apart.
    """
    values, counts = np.asarray(found.values, dtype=float), np.asarray(found.counts, dtype=float)
    if not len(values):
        return (None,) * (classes - 1)
    starts = _gathered(values)
    sums, weights, squares = (
        np.add.reduceat(one, starts) for one in (values * counts, counts, values**2 * counts)
    )
    places = _optimal(sums, weights, squares, min(classes, len(starts)))
    cuts = [float(values[starts[place]]) for place in places[1:]]
    return (*([None] * (classes - 1 - len(cuts))), *cuts)


def fit(found: Distribution, cuts: tuple[float | None, ...]) -> float:
    """The goodness of variance fit: the share of the spread that the classes explain, from 0 to 1."""
    values, counts = np.asarray(found.values, dtype=float), np.asarray(found.counts, dtype=float)
    edges = [float(cut) for cut in cuts if cut is not None]
    groups = np.searchsorted(np.asarray(edges), values, side="right")
    total = _spread(values, counts)
    within = sum(_spread(values[groups == g], counts[groups == g]) for g in np.unique(groups))
    return 1.0 if total == 0 else float(1 - within / total)


def _spread(values: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    mean = np.average(values, weights=counts)
    return float((counts * (values - mean) ** 2).sum())


def _gathered(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where each group of neighboring values begins; every value is a group of its own when they are few."""
    if len(values) <= MOST_VALUES:
        return np.arange(len(values))
    width = (values[-1] - values[0]) / MOST_VALUES
    groups = np.floor((values - values[0]) / width)
    return np.flatnonzero(np.diff(groups, prepend=-1.0))


def _optimal(sums: Any, weights: Any, squares: Any, classes: int) -> list[int]:
    """Where the classes begin in the division with the smallest sum of squares (dynamic programming)."""
    size = len(sums)
    cost = _costs(sums, weights, squares)
    best, chosen = cost[0], []
    for _class in range(1, classes):
        # candidates[i, j]: the classes before end at i − 1, the new one holds i … j.
        candidates = np.concatenate(([np.inf], best[:-1]))[:, None] + cost
        choice = np.argmin(candidates, axis=0)
        best = candidates[choice, np.arange(size)]
        chosen.append(choice)
    starts, end = [], size - 1
    for choice in reversed(chosen):
        starts.append(int(choice[end]))
        end = starts[-1] - 1
    return [0, *reversed(starts)]


def _costs(sums: Any, weights: Any, squares: Any) -> NDArray[np.float64]:
    """The sum of squares around the mean of every run i … j; infinite where j < i."""
    s, w, q = (np.concatenate(([0.0], np.cumsum(part))) for part in (sums, weights, squares))
    i, j = np.arange(len(sums))[:, None], np.arange(1, len(sums) + 1)[None, :]
    total, weight, square = s[j] - s[i], w[j] - w[i], q[j] - q[i]
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = np.where(j > i, np.maximum(square - total**2 / weight, 0), np.inf)
    return found
