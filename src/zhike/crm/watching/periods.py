"""Months and quarters as numbers: 202603 is March 2026, 20261 its first quarter."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

_LAST_QUARTER = 99_999


def is_one(text: str) -> bool:
    """Whether a text of an address is a month or a quarter of our time."""
    if not (text.isascii() and text.isdigit() and len(text) in (5, 6)):
        return False
    year, part = int(text[:4]), int(text[4:])
    return 1900 <= year <= 2200 and 1 <= part <= (12 if len(text) == 6 else 4)


def quarter_of(month: int) -> int:
    return month // 100 * 10 + (month % 100 + 2) // 3


def name(period: int) -> str:
    """2026-03, or 2026-Q1."""
    if period > _LAST_QUARTER:
        return f"{period // 100}-{period % 100:02d}"
    return f"{period // 10}-Q{period % 10}"


def first_of(month: int) -> date:
    return date(month // 100, month % 100, 1)


def last_of(month: int) -> date:
    return date(month // 100, month % 100, monthrange(month // 100, month % 100)[1])


def span(period: int) -> tuple[date, date]:
    """The first and the last day."""
    if period > _LAST_QUARTER:
        return first_of(period), last_of(period)
    year, quarter = divmod(period, 10)
    return first_of(year * 100 + 3 * quarter - 2), last_of(year * 100 + 3 * quarter)


def later(period: int, age: int) -> int:
    """The period that comes so many after this one."""
    parts, base = (12, 100) if period > _LAST_QUARTER else (4, 10)
    year, part = divmod(period // base * parts + period % base - 1 + age, parts)
    return year * base + part + 1


def whole_quarters(months: list[int]) -> list[int]:
    """Of months in a row those that make whole quarters."""
    starts = [place for place, month in enumerate(months) if month % 100 % 3 == 1]
    ends = [place for place, month in enumerate(months) if month % 100 % 3 == 0]
    return months[starts[0] : ends[-1] + 1] if starts and ends and starts[0] < ends[-1] else []
