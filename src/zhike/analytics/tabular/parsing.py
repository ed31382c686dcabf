"""Parsing whole columns: each distinct text is parsed once, so half a million cells cost milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from zhike.analytics.tabular.dates import DateOrder, Order, date_order, parse_date
from zhike.analytics.tabular.keys import parse_key
from zhike.analytics.tabular.numbers import (
    NumberStyle,
    number_style,
    parse_amount,
    parse_integer,
    parse_quantity,
)
from zhike.analytics.tabular.people import parse_boolean, parse_email, parse_gender, parse_phone
from zhike.analytics.tabular.problems import Problem
from zhike.analytics.tabular.table import Table
from zhike.analytics.tabular.text import clean

T = TypeVar("T")
_KEPT = 200_000


class Remembered(dict[str, T], Generic[T]):
    """A parser with a memory: `remembered[text]` parses a new text once. The memory is bounded."""

    def __init__(self, parse: Callable[[str], T]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> T:
        if len(self) >= _KEPT:
            self.clear()
        value = self[text] = self._parse(text)
        return value

    def column(self, texts: Iterable[str]) -> list[T]:
        return [self[text] for text in texts]


#: Kinds of values a field can have; dates and amounts also need what the whole column says.
PARSERS: dict[str, Callable[[str], object]] = {
    "text": clean,
    "key": parse_key,
    "date": parse_date,
    "amount": parse_amount,
    "quantity": parse_quantity,
    "integer": parse_integer,
    "phone": parse_phone,
    "email": parse_email,
    "boolean": parse_boolean,
    "gender": parse_gender,
}


def column_parser(
    kind: str, *, order: Order | None = None, style: NumberStyle | None = None
) -> Remembered[object]:
    """A remembering parser for one column of values of `kind`."""
    if kind == "date":
        return Remembered(lambda text: parse_date(text, order))
    if kind in ("amount", "quantity"):
        return Remembered(lambda text: parse_amount(text, style))
    return Remembered(PARSERS[kind])


def scan_columns(
    table: Table, dates: Iterable[str] = (), numbers: Iterable[str] = ()
) -> tuple[dict[str, DateOrder], dict[str, NumberStyle]]:
    """One pass over the file that decides how its date and number columns are written."""
    distinct: dict[str, set[str]] = {header: set() for header in (*dates, *numbers)}
    places = {header: table.headers.index(header) for header in distinct}
    for batch in table.batches():
        for header, place in places.items():
            distinct[header].update(batch.column(place))
    orders = {header: date_order(distinct[header]) for header in dates}
    return orders, {header: number_style(distinct[header]) for header in numbers}


def is_problem(value: object) -> bool:
    """Whether a parser could not read the cell."""
    return isinstance(value, Problem)
