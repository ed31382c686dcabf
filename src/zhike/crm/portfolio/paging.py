"""Keyset paging in two parts: rows whose sort value is known, in the order of an index, then the others.

``NULLS LAST`` would keep both stores from walking the index of a nullable column, so the known part asks for
known values only, and the part without a value follows by key. ``keys`` are compared one after the other;
their direction is the column's own index direction, turned around as a whole for the other order.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Q, QuerySet, Subquery

from zhike.crm.customers.models import Customer
from zhike.crm.insight.models import CustomerScore
from zhike.platform.store import is_sqlite

Details = Callable[[QuerySet[Customer]], QuerySet[Customer]]
SCORE = "score__"


@dataclass(frozen=True)
class Key:
    path: str
    descending: bool = False

    def turned(self) -> Key:
        return replace(self, descending=not self.descending)


@dataclass(frozen=True)
class Order:
    """A permitted order. The last key is unique; ``nullable`` is the path that may be unknown.

    ``kept`` are columns that stand before the keys in an index of their own.
    """

    name: str
    keys: tuple[Key, ...]
    nullable: str = ""
    kept: tuple[str, ...] = ()

    def turned(self) -> Order:
        return replace(self, keys=tuple(key.turned() for key in self.keys))

    @property
    def unknown(self) -> Order:
        return Order(self.name, (Key("pk", descending=True),))


@dataclass(frozen=True)
class Position:
    values: list[Any]
    known: bool
    backwards: bool


@dataclass(frozen=True)
class Page:
    rows: list[Customer]
    next_cursor: str
    previous_cursor: str


def paginate(
    rows: QuerySet[Customer],
    order: Order,
    *,
    cursor: str = "",
    size: int = 50,
    count: int | None = None,
    details: Details = lambda rows: rows,
) -> Page:
    """One page; a malformed cursor gives the first. Reads one row more than it shows and never counts.

    ``count`` is how many rows there are, where ``rows`` are those with known keys: once all are found, none
    is looked for. ``details`` adds to the rows of the page what they show.
    """
    position = _decode(cursor, order)
    read = _Reading(rows, details, size + 1, by_keys=count is not None)
    found = (
        _backward(read, order, position)
        if position is not None and position.backwards
        else _forward(read, order, position, count)
    )
    return _page(found, order, position, size)


def paginate_near(
    rows: QuerySet[Customer],
    order: Order,
    *,
    entries: int,
    details: Details,
    cursor: str = "",
    size: int = 50,
) -> Page | None:
    """The page, when it is full after so many entries of the order's index; else None.

    It bounds what a filter costs that turns out to be met by few: nobody can know before.
    """
    position = _decode(cursor, order)
    if position is not None and not position.known:
        return None
    keys = (order.turned() if position is not None and position.backwards else order).keys
    read = _Reading(rows, details, size + 1, entries)
    found = read.part(order, keys, position, known=True)
    return _page(found, order, position, size) if len(found) > size else None


def _page(found: list[Customer], order: Order, position: Position | None, size: int) -> Page:
    backwards = position is not None and position.backwards
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    after = bool(found) and (more or backwards)
    before = bool(found) and (more if backwards else position is not None)
    return Page(
        found,
        _encode(found[-1], order, backwards=False) if after else "",
        _encode(found[0], order, backwards=True) if before else "",
    )


@dataclass(frozen=True)
class _Reading:
    """``limit`` rows under conditions, from ``entries`` entries of the index at most (0: however many).

    ``by_keys``: the rows are given by their keys alone, so that they can be asked for within another query.
    """

    rows: QuerySet[Customer]
    details: Details
    limit: int
    entries: int = 0
    by_keys: bool = False

    def part(
        self, order: Order, keys: tuple[Key, ...], position: Position | None, *, known: bool
    ) -> list[Customer]:
        rows = self.rows
        if order.nullable:
            rows = rows.filter(**{f"{order.nullable}__isnull": not known})
        if position is not None:
            rows = rows.filter(_beyond(keys, position.values))
        if self.entries:
            rows = rows.filter(_until(keys[0], position, self.entries))
        names = [f"-{key.path}" if key.descending else key.path for key in keys]
        if is_sqlite() or not self.by_keys:
            return list(self.details(rows).order_by(*names)[: self.limit])
        # PostgreSQL would join what a page shows to thousands of rows before it sorts them.
        chosen = rows.order_by(*names).values("pk")[: self.limit]
        return list(self.details(Customer.objects.filter(pk__in=chosen)).order_by(*names))

    def rest(self, found: list[Customer]) -> _Reading:
        return replace(self, limit=self.limit - len(found))


def _until(key: Key, position: Position | None, entries: int) -> Q:
    """Up to the value that stands so many entries further on in the index of the first key."""
    of_score = key.path.startswith(SCORE)
    model: type[Model] = CustomerScore if of_score else Customer
    path = key.path.removeprefix(SCORE)
    index = model._default_manager.filter(**{f"{path}__isnull": False})
    if position is not None:
        index = index.filter(**{f"{path}__{'lte' if key.descending else 'gte'}": position.values[0]})
    last = index.order_by(f"-{path}" if key.descending else path).values(path)[entries : entries + 1]
    return Q(**{f"{key.path}__{'gte' if key.descending else 'lte'}": Subquery(last)})


def _forward(read: _Reading, order: Order, position: Position | None, count: int | None) -> list[Customer]:
    found: list[Customer] = []
    if position is None or position.known:
        found = read.part(order, order.keys, position, known=True)
        position = None
    if order.nullable and len(found) < read.limit and len(found) != count:
        found += read.rest(found).part(order, order.unknown.keys, position, known=False)
    return found


def _backward(read: _Reading, order: Order, position: Position) -> list[Customer]:
    back, found = order.turned(), list[Customer]()
    if not position.known:
        found = read.part(order, order.unknown.turned().keys, position, known=False)
    if len(found) < read.limit:
        beyond = position if position.known else None
        found += read.rest(found).part(back, back.keys, beyond, known=True)
    return found


def _beyond(keys: tuple[Key, ...], values: list[Any]) -> Q:
    """Rows after the values: later in the first key, or equal there and later in the next, and so on."""
    condition, equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        lookup = "lt" if key.descending else "gt"
        condition |= equal & Q(**{f"{key.path}__{lookup}": value})
        equal &= Q(**{key.path: value})
    # The redundant bound lets both stores walk the index instead of filtering it.
    lookup = "lte" if keys[0].descending else "gte"
    return Q(**{f"{keys[0].path}__{lookup}": values[0]}) & condition if len(keys) > 1 else condition


def _encode(row: Customer, order: Order, *, backwards: bool) -> str:
    known = not order.nullable or _read(row, order.nullable) is not None
    keys = order.keys if known else order.unknown.keys
    values = [_plain(_read(row, key.path)) for key in keys]
    packed = json.dumps({"v": values, "n": known, "b": backwards}, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _decode(cursor: str, order: Order) -> Position | None:
    if not cursor or len(cursor) > 1000:
        return None
    try:
        data = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values, known = data["v"], bool(data["n"])
        keys = order.keys if known else order.unknown.keys
        for key, value in zip(keys, values, strict=True):
            Customer.objects.filter(**{key.path: value})
    except (ValueError, TypeError, KeyError, binascii.Error, OverflowError):
        return None
    except Exception as error:
        # Django's own ValidationError for a value that is none of the column's.
        if type(error).__name__ != "ValidationError":
            raise
        return None
    whole = all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values)
    keys_fit = isinstance(values[-1], int) and abs(values[-1]) < 2**63
    return Position(values, known, bool(data.get("b"))) if whole and keys_fit else None


def _read(row: Any, path: str) -> Any:
    value = row
    for part in path.split("__"):
        value = getattr(value, part, None)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, int | float | str) or value is None else str(value)
