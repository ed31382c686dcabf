"""The gaps between purchase days, sorted by owner, and figures of each owner's gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Gaps:
    """Owners (a customer, or a customer and a product) with their gaps in days.

    ``owner`` (m,) is the sorted owner number of each gap, ``days`` (m,) the gaps in rising order within an
    owner, ``last`` (n,) the day of each owner's last purchase; owners are 0 … n - 1.
    """

    owner: Integers
    days: Integers
    last: Integers

    @classmethod
    def of(cls, owner: Any, day: Any) -> Gaps:
        """From one row per owner (0 … n - 1, none missing) and purchase day, in any order; repeats count
        once."""
        order = np.lexsort((day, owner))
        owner, day = np.asarray(owner)[order].astype(np.int64), np.asarray(day)[order].astype(np.int64)
        same = owner[1:] == owner[:-1]
        gap = np.diff(day)
        use = same & (gap > 0)
        ends = np.flatnonzero(np.concatenate([~same, [True]])) if len(owner) else np.zeros(0, np.int64)
        whose, days = owner[1:][use], gap[use]
        sort = np.lexsort((days, whose))
        return cls(whose[sort], days[sort], day[ends])

    @property
    def counts(self) -> Integers:
        """Gaps of each owner (n,)."""
        return np.bincount(self.owner, minlength=len(self.last))

    @property
    def starts(self) -> Integers:
        """Place of each owner's first gap (n,)."""
        return np.concatenate([[0], np.cumsum(self.counts)[:-1]]) if len(self.last) else np.zeros(0, np.int64)

    def log_sums(self) -> tuple[Floats, Floats]:
        """Sum and sum of squares of the logarithms of each owner's gaps (n,)."""
        logs: Floats = np.log(self.days)
        return self._sums(logs), self._sums(logs * logs)

    def _sums(self, values: Floats) -> Floats:
        # Without a single gap NumPy counts whole numbers.
        return np.bincount(self.owner, values, len(self.last)).astype(np.float64)

    def trimmed_means(self, share: float) -> Floats:
        """Mean of each owner's gaps without the ``share`` smallest and largest (whole gaps, rounded down)."""
        counts, starts = self.counts, self.starts
        cut = np.floor(share * counts).astype(np.int64)
        sums = np.concatenate([[0], np.cumsum(self.days)])
        inside = sums[starts + counts - cut] - sums[starts + cut]
        return inside / np.maximum(counts - 2 * cut, 1)
