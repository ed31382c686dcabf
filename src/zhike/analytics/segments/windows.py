"""The days that rows are taken from: the last N days, weeks, months or years, a span of dates, or all.

A window holds the as-of day and reaches back; ``to`` of a span is the first day that no longer counts. Months
and years are the calendar's: a month before 31 March is the end of February.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from zhike.analytics.problems import Checks
from zhike.analytics.segments.comparisons import EPOCH

UNITS = ("day", "week", "month", "year")
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Window:
    """``last`` ``unit``s up to the as-of day, or days from ``start`` to before ``end``, or all."""

    last: int | None = None
    unit: str = "day"
    start: int | None = None
    end: int | None = None

    def days(self, as_of: int) -> tuple[int | None, int]:
        """First and last day that count; the first is None without a beginning. Never after ``as_of``."""
        if self.last is not None:
            return _back(as_of, self.last, self.unit) + 1, as_of
        return self.start, as_of if self.end is None else min(as_of, self.end - 1)

    def holds(self, day: int, as_of: int) -> bool:
        first, last = self.days(as_of)
        return (first is None or day >= first) and day <= last

    def sql(self, column: str, as_of: int) -> str:
        first, last = self.days(as_of)
        begins = "" if first is None else f"{column} >= {first} AND "
        return f"{begins}{column} <= {last}"


EVER = Window()


def _back(as_of: int, last: int, unit: str) -> int:
    if unit in ("day", "week"):
        return as_of - last * (7 if unit == "week" else 1)
    today = EPOCH + timedelta(days=as_of)
    months = today.year * 12 + today.month - 1 - last * (12 if unit == "year" else 1)
    year, month = max(1, months // 12), months % 12 + 1
    following = date(year + (month == 12), month % 12 + 1, 1)
    return min((date(year, month, 1) - EPOCH).days + today.day, (following - EPOCH).days) - 1


def read_window(node: Any, at: str, checks: Checks) -> Window:
    """The window of a leaf; without one all days up to the as-of day."""
    if node is None:
        return EVER
    if not isinstance(node, Mapping):
        checks.require(False, at, "object", "Must be an object.", "必须是对象。")
        return EVER
    if "last" in node:
        return _read_last(node, at, checks)
    start, end = (_read_day(node.get(name), f"{at}/{name}", checks) for name in ("from", "to"))
    if start is not None and end is not None:
        checks.require(start < end, at, "order", "From must be before to.", "起始日期必须早于截止日期。")
    return Window(start=start, end=end)


def _read_last(node: Mapping[str, Any], at: str, checks: Checks) -> Window:
    last, unit = node["last"], node.get("unit", "day")
    whole = isinstance(last, int) and not isinstance(last, bool) and 0 < last <= MOST
    checks.require(
        whole,
        f"{at}/last",
        "range",
        f"Must be a whole number from 1 to {MOST}.",
        f"必须是 1 至 {MOST} 的整数。",
    )
    checks.one_of(unit, UNITS, f"{at}/unit")
    return Window(last=last, unit=unit) if whole and unit in UNITS else EVER


def _read_day(given: Any, at: str, checks: Checks) -> int | None:
    if given is None:
        return None
    try:
        return (date.fromisoformat(given) - EPOCH).days
    except (TypeError, ValueError):
        checks.require(
            False, at, "value", 'Must be a date such as "2026-11-21".', '必须是日期，例如 "2026-11-21"。'
        )
        return None
