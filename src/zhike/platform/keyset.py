"""Keyset paging: the next page starts after the last row seen, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Sort:
    """A permitted order of a list: public name, model path, direction. ``nullable`` sorts unknown last."""

    name: str
    path: str
    descending: bool = False
    nullable: bool = False

    def reversed(self) -> Sort:
        return Sort(self.name, self.path, not self.descending, self.nullable)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_cursor: str | None
    previous_cursor: str | None


def sort_from(text: str, sorts: Sequence[Sort], default: Sort) -> Sort:
    """The sort named by ``text`` (a leading ``-`` means descending); unknown names give the default."""
    name = text.removeprefix("-")
    for sort in sorts:
        if sort.name == name:
            return Sort(sort.name, sort.path, text.startswith("-"), sort.nullable)
    return default


def paginate(queryset: QuerySet[Row], sort: Sort, *, cursor: str = "", size: int = 50) -> Page[Row]:
    """One page of ``queryset`` in the order of ``sort`` with the primary key as the last key.

    A malformed cursor gives the first page. Reads ``size + 1`` rows and never counts.
    """
    position = _decode(cursor)
    backwards = bool(position and position["b"])
    direction = sort.reversed() if backwards else sort
    rows = list(_ordered(_after(queryset, direction, position), direction)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = more if not backwards else True
    has_previous = position is not None if not backwards else more
    return Page(
        rows=rows,
        next_cursor=_encode(rows[-1], sort, backwards=False) if rows and has_next else None,
        previous_cursor=_encode(rows[0], sort, backwards=True) if rows and has_previous else None,
    )


def _ordered(queryset: QuerySet[Row], sort: Sort) -> QuerySet[Row]:
    key = F(sort.path)
    if sort.descending:
        first = key.desc(nulls_last=True) if sort.nullable else key.desc()
        return queryset.order_by(first, "-pk")
    return queryset.order_by(key.asc(nulls_first=True) if sort.nullable else key.asc(), "pk")


def _after(queryset: QuerySet[Row], sort: Sort, position: dict[str, Any] | None) -> QuerySet[Row]:
    if position is None:
        return queryset
    beyond = "lt" if sort.descending else "gt"
    same_later = Q(**{f"pk__{beyond}": position["k"]})
    value = position["v"]
    if value is None:
        # Unknown values are the last when descending and the first when ascending.
        unknown = Q(**{f"{sort.path}__isnull": True})
        known = Q() if sort.descending else Q(**{f"{sort.path}__isnull": False})
        return queryset.filter((unknown & same_later) | known if known else unknown & same_later)
    condition = Q(**{f"{sort.path}__{beyond}": value}) | (Q(**{sort.path: value}) & same_later)
    if sort.nullable and sort.descending:
        return queryset.filter(condition | Q(**{f"{sort.path}__isnull": True}))
    # The redundant bound lets both stores walk the index instead of filtering it.
    return queryset.filter(condition, **{f"{sort.path}__{beyond}e": value})


def _encode(row: Model, sort: Sort, *, backwards: bool) -> str:
    value: Any = row
    for part in sort.path.split("__"):
        value = getattr(value, part, None)
    text = value.isoformat() if isinstance(value, date | datetime) else value
    text = str(text) if isinstance(text, Decimal) else text
    packed = json.dumps({"v": text, "k": row.pk, "b": backwards}, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _decode(cursor: str) -> dict[str, Any] | None:
    if not cursor or len(cursor) > 1000:
        return None
    try:
        data = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        return None
    valid = (
        isinstance(data, dict)
        and isinstance(data.get("k"), int)
        and not isinstance(data.get("v"), dict | list)
        and "\0" not in str(data.get("v"))
    )
    return {"v": data.get("v"), "k": data["k"], "b": bool(data.get("b"))} if valid else None
