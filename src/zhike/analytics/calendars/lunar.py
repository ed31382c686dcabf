"""Lunar dates, behind a small façade over ``borax`` (right for every day of 1950–2050)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from borax.calendars.lunardate import InvalidLunarDateError, LCalendars, LunarDate


class InvalidLunarDate(ValueError):
    """No such day in the lunar calendar, or a year outside 1900–2100."""


class LunarDay(NamedTuple):
    """A day of the lunar calendar; ``leap`` says that the month is the doubled one."""

    year: int
    month: int
    day: int
    leap: bool = False


def lunar_to_solar(year: int, month: int, day: int, leap: bool = False) -> date:
    """The Gregorian date; raises ``InvalidLunarDate`` for a day or a leap month that does not exist."""
    try:
        found: date = LunarDate(year, month, day, int(leap)).to_solar_date()
    except (InvalidLunarDateError, ValueError) as error:
        raise InvalidLunarDate(str(error)) from error
    return found


def solar_to_lunar(day: date) -> LunarDay:
    """The lunar day; raises ``InvalidLunarDate`` outside the years 1900 to 2100."""
    try:
        lunar = LunarDate.from_solar_date(day.year, day.month, day.day)
    except (InvalidLunarDateError, ValueError) as error:
        raise InvalidLunarDate(str(error)) from error
    return LunarDay(lunar.year, lunar.month, lunar.day, bool(lunar.leap))


def leap_month(year: int) -> int:
    """The number of the month that is doubled in this lunar year, or 0."""
    return int(LCalendars.leap_month(year))


def month_days(year: int, month: int, leap: bool = False) -> int:
    """29 or 30; raises ``InvalidLunarDate`` for a leap month that does not exist."""
    if leap and leap_month(year) != month:
        raise InvalidLunarDate(f"lunar year {year} has no leap month {month}")
    try:
        return int(LCalendars.ndays(year, month, int(leap)))
    except (InvalidLunarDateError, ValueError) as error:
        raise InvalidLunarDate(str(error)) from error


def lunar_anniversary(birth: LunarDay, year: int) -> date:
    """The day of a lunar birthday in the lunar year ``year``.

    Born in a leap month: the leap month if the year has it, else the regular one. Born on day 30: day 29
    of a short month.
    """
    leap = birth.leap and leap_month(year) == birth.month
    day = min(birth.day, month_days(year, birth.month, leap))
    return lunar_to_solar(year, birth.month, day, leap)
