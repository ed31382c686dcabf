"""Festivals by name: fixed lunar or solar days, and Qingming by the sun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from borax.calendars.lunardate import TermUtils

from zhike.analytics.calendars.lunar import lunar_to_solar

QINGMING_TERM = 6


@dataclass(frozen=True)
class Festival:
    """``name`` is Chinese, ``code`` English; ``congratulate`` is false for days of mourning."""

    name: str
    code: str
    when: Callable[[int], date]
    lunar: bool
    congratulate: bool = True
    western: bool = False


def spring_festival(year: int) -> date:
    """The first day of the lunar year that begins in ``year``."""
    return lunar_to_solar(year, 1, 1)


def festival(name: str, year: int) -> date:
    """The date of a festival by its Chinese name or English code.

    For lunar festivals ``year`` is the lunar year: 腊八 and 除夕 of 2025 fall in 2026. Raises ``KeyError``
    for a name that is not in ``FESTIVALS``.
    """
    return _BY_WORD[name].when(year)


def _lunar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: lunar_to_solar(year, month, day)


def _solar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _new_years_eve(year: int) -> date:
    """The last day of the lunar year: the day before the next begins, never 'month 12 day 30'."""
    return spring_festival(year + 1) - timedelta(days=1)


def _qingming(year: int) -> date:
    day: date = TermUtils.nth_term_day(year, QINGMING_TERM)
    return day


def _weekday(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    """The nth Monday (0) to Sunday (6) of a month."""

    def when(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return when


def _easter(year: int) -> date:
    """Easter Sunday of the western churches (Meeus, Jones and Butcher)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    moved = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - moved + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


FESTIVALS: tuple[Festival, ...] = (
    Festival("元旦", "new_year", _solar(1, 1), lunar=False),
    Festival("春节", "spring_festival", spring_festival, lunar=True),
    Festival("元宵", "lantern", _lunar(1, 15), lunar=True),
    Festival("妇女节", "womens_day", _solar(3, 8), lunar=False),
    Festival("清明", "qingming", _qingming, lunar=False, congratulate=False),
    Festival("劳动节", "labor_day", _solar(5, 1), lunar=False),
    Festival("端午", "dragon_boat", _lunar(5, 5), lunar=True),
    Festival("七夕", "qixi", _lunar(7, 7), lunar=True),
    Festival("中元", "zhongyuan", _lunar(7, 15), lunar=True, congratulate=False),
    Festival("中秋", "mid_autumn", _lunar(8, 15), lunar=True),
    Festival("教师节", "teachers_day", _solar(9, 10), lunar=False),
    Festival("重阳", "double_ninth", _lunar(9, 9), lunar=True),
    Festival("国庆", "national_day", _solar(10, 1), lunar=False),
    Festival("腊八", "laba", _lunar(12, 8), lunar=True),
    Festival("除夕", "new_years_eve", _new_years_eve, lunar=True),
    Festival("情人节", "valentines_day", _solar(2, 14), lunar=False, western=True),
    Festival("复活节", "easter", _easter, lunar=False, western=True),
    Festival("母亲节", "mothers_day", _weekday(5, 6, 2), lunar=False, western=True),
    Festival("父亲节", "fathers_day", _weekday(6, 6, 3), lunar=False, western=True),
    Festival("感恩节", "thanksgiving", _weekday(11, 3, 4), lunar=False, western=True),
    Festival("圣诞节", "christmas", _solar(12, 25), lunar=False, western=True),
)
_BY_WORD = {word: one for one in FESTIVALS for word in (one.name, one.code)}
