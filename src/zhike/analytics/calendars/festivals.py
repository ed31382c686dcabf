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
)
_BY_WORD = {word: one for one in FESTIVALS for word in (one.name, one.code)}
