"""What a day of the calendar is: working or free, its lunar day and its festivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from zhike.analytics.calendars import (
    FESTIVALS,
    InvalidLunarDate,
    is_provisional,
    is_working_day,
    solar_to_lunar,
)

MONTHS = ("正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "冬月", "腊月")
TENS, DIGITS = ("初", "十", "廿", "三"), "十一二三四五六七八九"
# Festivals that a Chinese office calendar names; those of the West are the care reminders' matter.
NAMES: Mapping[str, str] = {
    "new_year": gettext_noop("New Year's Day"),
    "spring_festival": gettext_noop("Spring Festival"),
    "lantern": gettext_noop("Lantern Festival"),
    "qingming": gettext_noop("Qingming"),
    "labor_day": gettext_noop("Labor Day"),
    "dragon_boat": gettext_noop("Dragon Boat Festival"),
    "mid_autumn": gettext_noop("Mid-Autumn Festival"),
    "double_ninth": gettext_noop("Double Ninth"),
    "national_day": gettext_noop("National Day"),
    "new_years_eve": gettext_noop("Lunar New Year's Eve"),
}


@dataclass(frozen=True)
class DayMark:
    """``off`` and ``make_up`` only where the day differs from an ordinary week."""

    on: date
    working: bool
    off: bool
    make_up: bool
    lunar: str
    festival: str
    guessed: bool


def mark(day: date) -> DayMark:
    working, weekday = is_working_day(day), day.weekday() < 5
    code = _festivals(day.year).get(day, "")
    return DayMark(
        on=day,
        working=working,
        off=weekday and not working,
        make_up=working and not weekday,
        lunar=lunar_words(day),
        festival=_(NAMES[code]) if code else "",
        guessed=is_provisional(day.year),
    )


def lunar_words(day: date) -> str:
    """The lunar day as calendars print it: 初二, and the month's name on its first day."""
    try:
        lunar = solar_to_lunar(day)
    except InvalidLunarDate:
        return ""
    if lunar.day == 1:
        return ("闰" if lunar.leap else "") + MONTHS[lunar.month - 1]
    if lunar.day in (10, 20, 30):
        return {10: "初十", 20: "二十", 30: "三十"}[lunar.day]
    return TENS[lunar.day // 10] + DIGITS[lunar.day % 10]


@lru_cache(maxsize=16)
def _festivals(year: int) -> dict[date, str]:
    """The named festivals of a Gregorian year; lunar ones late in the lunar year fall into the next."""
    found: dict[date, str] = {}
    for festival in FESTIVALS:
        if festival.code not in NAMES:
            continue
        for lunar_year in (year - 1, year):
            try:
                day = festival.when(lunar_year)
            except (InvalidLunarDate, ValueError):
                continue
            if day.year == year:
                found[day] = festival.code
    return found
