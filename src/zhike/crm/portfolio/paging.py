"""Keyset paging in two parts: rows whose sort value is known, in the order of an index, then the others.

``NULLS LAST`` would keep both stores from walking the index of a nullable column, so the known part asks for
known values only, and the part without a value follows by key. ``keys`` are compared one after the other;
their direction is the column's own index direction, turned around as a whole for the other order.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from zhike.crm.customers.models import Customer


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
) -> Page:
    """One page; a malformed cursor gives the first. Reads one row more than it shows and never counts.

    ``count`` is how many rows there are, where that is known: once all are found, none is looked for.
    """
    position = _decode(cursor, order)
    backwards = position is not None and position.backwards
    found = (
        _backward(rows, order, position, size) if backwards else _forward(rows, order, position, size, count)
    )
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


def _forward(
    rows: QuerySet[Customer], order: Order, position: Position | None, size: int, count: int | None
) -> list[Customer]:
    found: list[Customer] = []
    if position is None or position.known:
        found = _part(rows, order, position, size + 1, known=True)
        position = None
    if order.nullable and len(found) <= size and len(found) != count:
        found += _part(rows, order, position, size + 1 - len(found), known=False)
    return found


def _backward(rows: QuerySet[Customer], order: Order, position: Position | None, size: int) -> list[Customer]:
    assert position is not None
    back, found = order.turned(), []
    if not position.known:
        found = _part(rows, order, position, size + 1, known=False, turned=True)
        position = None
    if len(found) <= size:
        found += _part(rows, back, position, size + 1 - len(found), known=True)
    return found


def _part(
    rows: QuerySet[Customer],
    order: Order,
    position: Position | None,
    limit: int,
    *,
    known: bool,
    turned: bool = False,
) -> list[Customer]:
    if order.nullable:
        rows = rows.filter(**{f"{order.nullable}__isnull": not known})
    keys = order.keys if known else (order.unknown.turned() if turned else order.unknown).keys
    if position is not None:
        rows = rows.filter(_beyond(keys, position.values))
    names = [f"-{key.path}" if key.descending else key.path for key in keys]
    return list(rows.order_by(*names)[:limit])


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
