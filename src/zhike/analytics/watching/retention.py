"""Who comes back: by cohort of the first purchase, and of a group between two days.

    retention(cohort, age) = customers of the cohort with a purchase in period cohort + age
                             ÷ customers of the cohort

A period that has not ended yet is left out: it would look like a fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class CohortTable:
    """``sizes[i]`` customers of cohort i; ``kept[i][age]`` of them bought that many periods later.

    A row is as long as its cohort was watched; ``average[age]`` is over all cohorts watched so long, weighted
    by their size.
    """

    cohorts: tuple[int, ...]
    sizes: tuple[int, ...]
    kept: tuple[tuple[int, ...], ...]

    def rate(self, row: int, age: int) -> float | None:
        """The share that bought at that age; None where it was not watched or nobody is in the cohort."""
        if age >= len(self.kept[row]) or not self.sizes[row]:
            return None
        return self.kept[row][age] / self.sizes[row]

    @property
    def average(self) -> tuple[float | None, ...]:
        longest = max((len(row) for row in self.kept), default=0)
        return tuple(self._average(age) for age in range(longest))

    def _average(self, age: int) -> float | None:
        rows = [i for i, row in enumerate(self.kept) if age < len(row)]
        size = sum(self.sizes[i] for i in rows)
        return sum(self.kept[i][age] for i in rows) / size if size else None


def cohort_table(
    sizes: Mapping[int, int], active: Mapping[tuple[int, int], int], periods: Sequence[int]
) -> CohortTable:
    """From counts to the triangle. ``periods`` are all ended periods in order, the cohorts' own among them.

    ``sizes`` are customers per cohort (period of the first purchase), ``active`` customers per (cohort,
    period) with a purchase in it. Only customers who bought in their first period are a cohort's, so age 0
    is everybody.
    """
    cohorts = tuple(period for period in periods if sizes.get(period))
    place = {period: i for i, period in enumerate(periods)}
    kept = tuple(
        tuple(active.get((cohort, period), 0) for period in periods[place[cohort] :]) for cohort in cohorts
    )
    return CohortTable(cohorts, tuple(sizes[cohort] for cohort in cohorts), kept)


def retention_rate(members: int, bought: int) -> float | None:
    """Of the ``members`` of a group on the first day those who ``bought`` by the second day.

    Whether they are still in the group does not matter: a group that its losers leave would always retain
    everybody. None for an empty group; ValueError when more bought than there were.
    """
    if bought > members:
        raise ValueError("more came back than there were")
    return bought / members if members else None
