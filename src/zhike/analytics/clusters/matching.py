"""Labels that mean something: ordered by value, and the same from run to run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.clusters.frame import Floats


def sorted_by_value(value: Floats, nearest: NDArray[Any], k: int) -> NDArray[np.int64]:
    """The places of the centers, the one with the highest median value first."""
    medians = [np.median(value[nearest == i]) if np.any(nearest == i) else -np.inf for i in range(k)]
    return np.argsort(-np.array(medians), kind="stable")


def match(old: Floats, old_labels: NDArray[Any], new: Floats) -> tuple[NDArray[np.int64], dict[int, float]]:
    """Labels for the new centers by the least total distance (Hungarian assignment), and how far each moved.

    Centers, shapes (a, d) and (b, d), are on one scale; new ones beyond the old get numbers not used so far.
    """
    from scipy.optimize import linear_sum_assignment

    distance = np.sqrt(((new[:, None, :] - old[None, :, :]) ** 2).sum(axis=2))
    rows, columns = linear_sum_assignment(distance)
    labels = np.zeros(len(new), dtype=np.int64)
    labels[rows] = old_labels[columns]
    unused = int(max(old_labels)) + 1
    for place in np.flatnonzero(labels == 0):
        labels[place] = unused
        unused += 1
    drift = {
        int(labels[row]): float(distance[row, column]) for row, column in zip(rows, columns, strict=True)
    }
    return labels, drift
