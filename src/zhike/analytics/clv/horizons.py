"""Horizons are dates or durations, never bare numbers: nobody has to guess their unit."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from zhike.analytics.clv.groups import DataError

DAYS_PER_YEAR = 365.25
_DURATION = re.compile(r"^\s*(\d+)\s*(day|week|month|quarter|year)s?\s*$")
_DAYS, _MONTHS = {"day": 1, "week": 7}, {"month": 1, "quarter": 3, "year": 12}
EPOCH = date(1970, 1, 1)

Horizon = date | timedelta | str


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def end_of(horizon: Horizon, start: date) -> date:
    """The last day of a horizon that begins after ``start``: a date, a timedelta, or words such as "12
    months".

    Raises :class:`DataError` for a bare number, unknown words, or an end not after the start.
    """
    end = _end(horizon, start)
    if end <= start:
        raise DataError(f"the horizon ends on {end}, not after {start}")
    return end


def _end(horizon: Horizon, start: date) -> date:
    if isinstance(horizon, timedelta):
        return start + horizon
    if isinstance(horizon, date):
        return horizon
    found = _DURATION.match(horizon) if isinstance(horizon, str) else None
    if found is None:
        raise DataError(f"{horizon!r} is no horizon; give a date, a timedelta, or words such as '12 months'")
    count, unit = int(found[1]), found[2]
    if unit in _DAYS:
        return start + timedelta(days=count * _DAYS[unit])
    return add_months(start, count * _MONTHS[unit])


def add_months(start: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))
