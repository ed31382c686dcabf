"""Who is held out together, decided by hashes: the rows' order and their number of copies change nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.churn.columns import Hashes
from zhike.analytics.churn.metrics import Flags

Integers = NDArray[np.int64]


def fold_of_rows(keys: Hashes, churned: Flags, folds: int) -> Integers:
    """The fold of each row: rows of one key stay together, keys with and without churn are spread evenly.

    With equal rows as equal keys, copies made before the split cannot stand on both sides of it.
    """
    found, place = np.unique(keys, return_inverse=True)
    left = np.bincount(place, churned, len(found)) > 0
    fold = np.empty(len(found), dtype=np.int64)
    for side in (left, ~left):
        fold[side] = np.arange(side.sum()) % folds
    return fold[place]


def canonical_order(keys: Hashes, rows: Hashes, churned: Flags) -> Integers:
    """An order of the rows that depends on their content only."""
    return np.lexsort((churned, rows, keys))
