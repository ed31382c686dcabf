"""Birthdays by both calendars: when they fall in a year, and who has one on a day.

A birthday is a month and a day of one calendar; the year of birth is not needed. A lunar birthday belongs to
a *lunar* year: within one Gregorian year it may fall twice or never.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from zhike.analytics.calendars.lunar import (
    InvalidLunarDate,
    LunarDay,
    leap_month,
    lunar_to_solar,
    month_days,
    solar_to_lunar,
)

LeapRule = Literal["leap", "regular", "both"]
FebruaryRule = Literal["february", "march"]
FIRST_YEAR, LAST_YEAR = 1901, 2099


@dataclass(frozen=True)
class Rules:
    """``leap``: who was born in a leap month celebrates in the leap month of a year that has it, else in the
    regular one (``regular``: always in the regular one; ``both``: in both). ``february``: who was born on
    29 February celebrates on the 28th of a common year (``march``: on 1 March)."""

    leap: LeapRule = "leap"
    february: FebruaryRule = "february"


DEFAULT = Rules()


class Birthday(NamedTuple):
    """Month and day in a calendar; ``leap`` is true for a day of a lunar leap month."""

    month: int
    day: int
    lunar: bool = False
    leap: bool = False


@dataclass(frozen=True)
class Occurrence:
    """One celebration: ``period`` is the year that it belongs to, the lunar one for a lunar birthday."""

    on: date
    period: int
    # With the rule ``both`` the celebration in the leap month is a second one of its year.
    second: bool = False


def birthday_of(born: date, *, lunar: bool) -> Birthday:
    """The birthday of somebody born on this Gregorian day who keeps the solar or the lunar calendar."""
    if not lunar:
        return Birthday(born.month, born.day)
    _year, month, day, leap = solar_to_lunar(born)
    return Birthday(month, day, True, leap)


def is_possible(birthday: Birthday) -> bool:
    """Whether any year has this day."""
    month, day = birthday.month, birthday.day
    if not 1 <= month <= 12 or day < 1:
        return False
    return day <= 30 if birthday.lunar else day <= calendar.monthrange(2000, month)[1]


def occurrences(birthday: Birthday, year: int, rules: Rules = DEFAULT) -> list[Occurrence]:
    """The celebrations of ``year``: the lunar year for a lunar birthday, else the Gregorian one."""
    if not birthday.lunar:
        return [Occurrence(_solar(birthday, year, rules), year)]
    in_leap = birthday.leap and leap_month(year) == birthday.month
    found = []
    if not (in_leap and rules.leap == "leap"):
        found.append(Occurrence(_lunar(birthday, year, leap=False), year))
    if in_leap and rules.leap != "regular":
        found.append(Occurrence(_lunar(birthday, year, leap=True), year, second=rules.leap == "both"))
    return found


def between(birthday: Birthday, first: date, last: date, rules: Rules = DEFAULT) -> list[Occurrence]:
    """The celebrations from ``first`` to ``last``, both included, by date."""
    years = range(first.year - birthday.lunar, last.year + 1)
    found = [one for year in years for one in occurrences(birthday, year, rules)]
    return sorted((one for one in found if first <= one.on <= last), key=lambda one: one.on)


@lru_cache(maxsize=2048)
def on_day(day: date, rules: Rules = DEFAULT) -> tuple[tuple[Birthday, Occurrence], ...]:
    """Every birthday that is celebrated on this day, with the celebration."""
    return tuple((birthday, found) for birthday in _candidates(day) if (found := _on(birthday, day, rules)))


@lru_cache(maxsize=4096)
def birth_dates(birthday: Birthday, until: int) -> tuple[date, ...]:
    """The Gregorian days from 1901 up to the year ``until`` on which people with this birthday were born."""
    return tuple(_births(birthday, until))


def _births(birthday: Birthday, until: int) -> Iterator[date]:
    for year in range(FIRST_YEAR, until + 1):
        try:
            if birthday.lunar:
                yield lunar_to_solar(year, birthday.month, birthday.day, birthday.leap)
            else:
                yield date(year, birthday.month, birthday.day)
        except (InvalidLunarDate, ValueError):
            continue


def _candidates(day: date) -> list[Birthday]:
    """Birthdays that may be celebrated on this day by any rule."""
    _year, month, number, _leap = solar_to_lunar(day)
    solar = [(day.month, day.day)]
    solar += [(2, 29)] if (day.month, day.day) in ((2, 28), (3, 1)) else []
    numbers = [number, 30] if number == 29 else [number]
    lunar = [Birthday(month, n, True, leap) for n in numbers for leap in (False, True)]
    return [*(Birthday(m, d) for m, d in solar), *lunar]


def _on(birthday: Birthday, day: date, rules: Rules) -> Occurrence | None:
    return next(iter(between(birthday, day, day, rules)), None)


def _solar(birthday: Birthday, year: int, rules: Rules) -> date:
    if (birthday.month, birthday.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28) if rules.february == "february" else date(year, 3, 1)
    return date(year, birthday.month, birthday.day)


def _lunar(birthday: Birthday, year: int, *, leap: bool) -> date:
    """Day 30 of a month with 29 days is its last day."""
    day = min(birthday.day, month_days(year, birthday.month, leap))
    return lunar_to_solar(*LunarDay(year, birthday.month, day, leap))
