"""Working days of mainland China: as published for each year, and a stated guess before that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from zhike.analytics.calendars.festivals import festival

# Statutory days off (State Council decree 795 of 2024): festival and how many days from it on.
STATUTORY = (
    ("元旦", 1),
    ("除夕", 1),
    ("春节", 3),
    ("清明", 1),
    ("劳动节", 2),
    ("端午", 1),
    ("中秋", 1),
    ("国庆", 3),
)


def is_working_day(day: date, *, overrides: Mapping[date, bool] | None = None) -> bool:
    """Whether people work on this day, make-up Saturdays included.

    ``overrides`` (the company's own calendar) wins. For a year that is not yet published (see
    ``is_provisional``) weekends and statutory days are free and no make-up day is guessed.
    """
    if overrides and day in overrides:
        return overrides[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and day not in _statutory(day.year)


@lru_cache
def is_provisional(year: int) -> bool:
    """True when the working calendar of this year is our guess, not a publication."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return True
    return False


def next_working_day(day: date, *, overrides: Mapping[date, bool] | None = None) -> date:
    """``day`` itself if people work on it, else the first working day after it."""
    while not is_working_day(day, overrides=overrides):
        day += timedelta(days=1)
    return day


def previous_working_day(day: date, *, overrides: Mapping[date, bool] | None = None) -> date:
    """``day`` itself if people work on it, else the last working day before it."""
    while not is_working_day(day, overrides=overrides):
        day -= timedelta(days=1)
    return day


def working_days_before(day: date, count: int, *, overrides: Mapping[date, bool] | None = None) -> date:
    """The working day that lies ``count`` working days before ``day``, which need not be one itself."""
    for _step in range(count):
        day = previous_working_day(day - timedelta(days=1), overrides=overrides)
    return previous_working_day(day, overrides=overrides)


@lru_cache
def _statutory(year: int) -> frozenset[date]:
    starts = [(festival(name, year - (name == "除夕")), days) for name, days in STATUTORY]
    return frozenset(start + timedelta(days=n) for start, days in starts for n in range(days))
