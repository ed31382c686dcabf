"""Seasonal operational time: in a busy month the clock runs faster.

With the calendar's rate s(u), mean 1, a customer's age is Lambda(T) = integral of s from the first
purchase; fitted and predicted in operational days the models stay as they are. Exact for BG/NBD and
MBG/NBD, whose dropout happens at purchases; an approximation for Pareto/NBD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zhike.analytics.clv.groups import Floats
from zhike.analytics.clv.horizons import day_number

MIN_DAYS = 730
MIN_PURCHASES = 600
# Purchases by which a month's rate is drawn toward the year's mean.
SHRINKAGE = 25.0
ROUNDS = 3


@dataclass(frozen=True)
class SeasonalClock:
    """``factors`` are the rates of the twelve calendar months, mean 1 over a year."""

    factors: Floats

    @classmethod
    def flat(cls) -> SeasonalClock:
        return cls(np.ones(12))

    @property
    def is_flat(self) -> bool:
        return bool(np.all(self.factors == 1))

    def elapsed(self, start: Any, end: Any) -> Floats:
        """Operational days between days since 1970-01-01; arrays broadcast."""
        start, end = np.asarray(start), np.asarray(end)
        low, high = int(start.min()), int(end.max())
        ages = np.concatenate([[0.0], np.cumsum(self.factors[_months(low, high) - 1])])
        return ages[end - low] - ages[start - low]

    def columns(self, table: Any) -> dict[str, Floats]:
        """``x, t_x, T`` of an :class:`~zhike.analytics.clv.table.RFMTable` in operational days."""
        if self.is_flat:
            return {"x": table["x"], "t_x": table["t_x"], "T": table["T"]}
        first = table["first_day"]
        # Hundredths of a day keep equal histories equal, so that they group.
        return {
            "x": table["x"],
            "t_x": np.round(self.elapsed(first, first + table["t_x"]), 2),
            "T": np.round(self.elapsed(first, first + table["T"]), 2),
        }


def learn_clock(table: Any, model: Any) -> SeasonalClock:
    """Month rates by which purchases differ from what ``model`` (unfitted) expects of the customers of the
    time.

    A flat clock below two years or 600 repeat purchases: a month seen once is no season.
    """
    first, until = table["first_day"], day_number(table.until)
    start = int(first.min())
    if until - start < MIN_DAYS or table["x"].sum() < MIN_PURCHASES:
        return SeasonalClock.flat()
    months = _months(start, until + 1) - 1
    bought = _repeats_by_day(table, start, until)
    cohorts = np.bincount(first - start, minlength=until - start + 1).astype(np.float64)
    factors = np.ones(12)
    for _round in range(ROUNDS):
        clock = SeasonalClock(factors)
        expected = _expected_by_day(model.fit(clock.columns(table)), clock, cohorts, start, until)
        # Expected under the current rates; what is over or under it corrects them.
        seen = np.bincount(months, bought, 12) + SHRINKAGE
        foreseen = np.bincount(months, expected, 12) + SHRINKAGE
        factors = factors * seen / foreseen
        factors = factors / _yearly_mean(factors)
    return SeasonalClock(factors)


def _repeats_by_day(table: Any, start: int, until: int) -> Floats:
    day = table.days["day"].to_numpy() - start
    counts = np.bincount(day, minlength=until - start + 1)
    firsts = np.bincount(table["first_day"] - start, minlength=until - start + 1)
    return (counts - firsts).astype(np.float64)


def _expected_by_day(model: Any, clock: SeasonalClock, cohorts: Floats, start: int, until: int) -> Floats:
    """Expected repeat purchases on each day, summed over the cohorts of first days."""
    size = until - start + 1
    age_at = clock.elapsed(np.full(size, start), start + np.arange(size))
    grid = np.linspace(0, age_at[-1], 2 * size)
    curve = model.expected_purchases(grid)
    total = np.zeros(size)
    for cohort in np.flatnonzero(cohorts):
        ages = age_at[cohort:] - age_at[cohort]
        total[cohort:] += cohorts[cohort] * np.interp(ages, grid, curve)
    return np.diff(total, prepend=0.0)


def _months(low: int, high: int) -> np.ndarray:
    """Calendar month (1–12) of each day from ``low`` up to and without ``high``."""
    days = np.arange(low, max(high, low + 1)).astype("datetime64[D]")
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _yearly_mean(factors: Floats) -> float:
    lengths = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    return float(factors @ lengths / lengths.sum())
