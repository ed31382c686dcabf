"""Dates as people write them. Day and month are never guessed: the whole column decides, or it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

from zhike.analytics.tabular.problems import Problem
from zhike.analytics.tabular.text import clean, value_text

Order = Literal["dmy", "mdy", "ymd"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd")

_MONTH_NAMES = (
    "jan/january feb/february mar/march apr/april may jun/june jul/july aug/august sep/sept/september "
    "oct/october nov/november dec/december"
)
_MONTHS = {
    name: number for number, names in enumerate(_MONTH_NAMES.split(), start=1) for name in names.split("/")
}
_SEP = r"\s*[-/.,\s]\s*"
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年\s]\s*(\d{1,2})\s*[-/.月\s]\s*(\d{1,2})\s*[日号]?(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\s*T?(\d{2})(\d{2})(\d{2})?)?\Z")
_SHORT = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?!\d)")
_DAY_NAME = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?{_SEP}([a-z]{{3,9}})\.?{_SEP}(\d{{4}}|\d{{2}})(?!\d)", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"([a-z]{{3,9}})\.?{_SEP}(\d{{1,2}})(?:st|nd|rd|th)?{_SEP}(\d{{4}}|\d{{2}})(?!\d)", re.IGNORECASE
)
_YEAR_MONTH_NAME = re.compile(rf"(\d{{4}}){_SEP}([a-z]{{3,9}})\.?{_SEP}(\d{{1,2}})(?!\d)", re.IGNORECASE)
_MONTH_ONLY = re.compile(
    r"\d{4}\s*(?:[-/.]|年)\s*\d{1,2}\s*月?\Z|\d{4}年?\Z|[a-z]{3,9}\.?[-\s]\d{4}\Z", re.IGNORECASE
)
_ZERO = re.compile(r"[0\s:/.年月日T-]*0[0\s:/.年月日T-]*\Z|1900-01-00.*\Z")
_SERIAL = re.compile(r"(\d{5})(?:\.(\d+))?\Z")
_TIME = re.compile(
    r"[T\s,]*(上午|下午|凌晨|晚上|中午)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*[:分]?\s*(?:(\d{1,2})(?:[.,](\d{1,9}))?\s*秒?)?"
    r"\s*([AaPp])?\.?(?:[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\Z"
)
_EXCEL_EPOCH = datetime(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class DateOrder:
    """What a column's cells say about the order of day, month and year.

    `plain`: no cell needs an order. `decided`: every cell fits `order` and no other. `ambiguous`: several
    orders fit, so a person must choose among `candidates`. `mixed`: no order fits all cells.
    """

    status: Literal["plain", "decided", "ambiguous", "mixed"]
    order: Order | None = None
    candidates: tuple[Order, ...] = ()
    example: str = ""


def parse_date(text: str, order: Order | None = None) -> datetime | Problem | None:
    """The moment in a cell (midnight when only a day is written), None when blank.

    A two-digit year up to 49 belongs to this century. A written offset is kept on the result.
    """
    if len(text) >= 10 and text[4] == "-" and text.isascii():
        try:
            return _in_range(datetime.fromisoformat(text), text)
        except ValueError:
            pass
    value = value_text(text)
    if not value:
        return None
    found = _read(value, order)
    if isinstance(found, Problem):
        return Problem(found.code, {"value": clean(text)})
    return _in_range(found, clean(text))


def date_order(values: Iterable[str], *, latest: date | None = None) -> DateOrder:
    """Decide the order of a column from all its cells.

    A two-digit reading that would lie after `latest` (a year from today by default) is ruled out.
    """
    limit = latest or date.today() + timedelta(days=366)
    left: set[Order] | None = None
    cells: dict[str, dict[Order, date]] = {}
    for value in set(values):
        if readings := _readings(value_text(value), limit):
            left = set(readings) if left is None else left & set(readings)
            cells[value] = readings
    return _verdict(left, cells)


def _verdict(left: set[Order] | None, cells: dict[str, dict[Order, date]]) -> DateOrder:
    if left is None:
        return DateOrder("plain")
    candidates = tuple(order for order in ORDERS if order in left)
    if not candidates:
        return DateOrder("mixed", example=min(cells))
    if len(candidates) == 1 or all(len({r[o] for o in candidates}) == 1 for r in cells.values()):
        return DateOrder("decided", candidates[0], candidates)
    doubtful = min(text for text, r in cells.items() if len({r[o] for o in candidates}) > 1)
    return DateOrder("ambiguous", None, candidates, clean(doubtful))


def _readings(value: str, latest: date) -> dict[Order, date]:
    match = _SHORT.match(value)
    if not match:
        return {}
    found: dict[Order, date] = {}
    for order in ORDERS:
        day = _ordered(match, order)
        if day is not None and (len(match[3]) == 4 or day <= latest):
            found[order] = day
    return found


def _ordered(match: re.Match[str], order: Order) -> date | None:
    if order == "ymd" and (len(match[3]) == 4 or len(match[1]) == 1):
        return None
    parts = dict(zip(order, match.groups(), strict=True))
    try:
        return date(_year(parts["y"]), int(parts["m"]), int(parts["d"]))
    except ValueError:
        return None


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year <= 49 else 1900)


def _read(value: str, order: Order | None) -> datetime | Problem:
    if match := _COMPACT.match(value):
        return _moment(match.group(1, 2, 3), match.group(4, 5, 6))
    if match := _SERIAL.match(value):
        return _serial(value)
    if _ZERO.match(value):
        return Problem("date_zero")
    return _written(_DAY_NAME.sub("", value, count=1), order)


def _written(value: str, order: Order | None) -> datetime | Problem:
    for pattern, positions in (
        (_YEAR_FIRST, (1, 2, 3)),
        (_DAY_MONTH, (3, 2, 1)),
        (_MONTH_DAY, (3, 1, 2)),
        (_YEAR_MONTH_NAME, (1, 2, 3)),
    ):
        if match := pattern.match(value):
            return _dated(match.group(*positions), value[match.end() :])
    if match := _SHORT.match(value):
        return _short(match, order, value[match.end() :])
    return Problem("date_incomplete" if _MONTH_ONLY.match(value) else "not_date")


def _short(match: re.Match[str], order: Order | None, rest: str) -> datetime | Problem:
    """With no order given, a cell is accepted only when it can be read in a single way."""
    readings = {name: day for name in ORDERS if (day := _ordered(match, name))}
    if not readings:
        return Problem("date_impossible")
    if order is not None:
        day = readings.get(order)
        return _with_time(day, rest) if day else Problem("date_impossible")
    if len(set(readings.values())) > 1:
        return Problem("ambiguous_date")
    return _with_time(next(iter(readings.values())), rest)


def _dated(parts: tuple[str | None, ...], rest: str) -> datetime | Problem:
    year, month_text, day_text = (part or "" for part in parts)
    month = int(month_text) if month_text.isdigit() else _MONTHS.get(month_text.lower(), 0)
    if not month and not month_text.isdigit():
        return Problem("not_date")
    try:
        return _with_time(date(_year(year), month, int(day_text)), rest)
    except ValueError:
        return Problem(
            "date_zero"
            if int(month_text.isdigit() and month == 0) or int(day_text) == 0
            else "date_impossible"
        )


def _with_time(day: date, rest: str) -> datetime | Problem:
    rest = rest.strip()
    if not rest:
        return datetime(day.year, day.month, day.day)
    match = _TIME.match(rest)
    if not match:
        return Problem("not_date")
    half, hour, minute, second, fraction, letter, offset = match.groups()
    return _at(day, _hour(int(hour), half, letter), int(minute or 0), int(second or 0), fraction, offset)


def _hour(hour: int, half: str | None, letter: str | None) -> int:
    afternoon = half in ("下午", "晚上", "中午") or (letter or "").lower() == "p"
    morning = half in ("上午", "凌晨") or (letter or "").lower() == "a"
    if afternoon and hour < 12 and not (half == "中午" and hour == 11):
        return hour + 12
    return 0 if morning and hour == 12 else hour


def _at(
    day: date, hour: int, minute: int, second: int, fraction: str | None, offset: str | None
) -> datetime | Problem:
    try:
        micro = int((fraction or "0").ljust(6, "0")[:6])
        return datetime(day.year, day.month, day.day, hour, minute, second, micro, tzinfo=_zone(offset))
    except ValueError:
        return Problem("not_date")


def _zone(offset: str | None) -> timezone | None:
    if not offset:
        return None
    if offset[0] not in "+-":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _moment(day: tuple[str, ...], clock: tuple[str | None, ...]) -> datetime | Problem:
    numbers = [int(part or 0) for part in (*day, *clock)]
    if numbers[1] == 0 or numbers[2] == 0:
        return Problem("date_zero")
    try:
        year, month, day_, hour, minute, second = numbers
        return datetime(year, month, day_, hour, minute, second)
    except ValueError:
        return Problem("date_impossible")


def _serial(value: str) -> datetime | Problem:
    """Days since 1899-12-30, as Excel stores a date whose cell lost its format (1927 to 2119)."""
    days = float(value)
    if not 10_000 <= days < 80_000:
        return Problem("not_date")
    return _EXCEL_EPOCH + timedelta(seconds=round(days * 86_400))


def _in_range(moment: datetime, shown: str) -> datetime | Problem:
    return moment if 1900 <= moment.year <= 2199 else Problem("date_out_of_range", {"value": shown})
