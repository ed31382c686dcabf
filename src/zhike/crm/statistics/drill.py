"""From a group to its customers: filters of the customer list that mean exactly them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from zhike.crm.insight.links import UNKNOWN

Filters = Mapping[str, Any]


def merged(parts: Iterable[Filters | None]) -> dict[str, list[Any]] | None:
    """All filters at once; None when one of the groups has no filter, or two cannot act together."""
    found: dict[str, list[Any]] = {}
    for part in parts:
        if part is None:
            return None
        for name, value in part.items():
            if name in found and not _together(found, name, value):
                return None
            found.setdefault(name, [value])
    return found


def _together(found: dict[str, list[Any]], name: str, value: Any) -> bool:
    """Both bounds of days, and both bands; of anything else the list would take either."""
    known = found[name]
    if isinstance(value, date) and name.endswith(("_from", "_to")):
        found[name] = [max(known[0], value) if name.endswith("_from") else min(known[0], value)]
        return True
    if name == "band":
        known.append(value)
        return True
    return known == [value]


def address(filters: Mapping[str, list[Any]] | None) -> str:
    """The customer list; nothing where the list has no such filter."""
    if filters is None:
        return ""
    pairs = [(name, _text(value)) for name, values in filters.items() for value in values]
    return f"{reverse('customers:list')}?{urlencode(pairs)}"


def _text(value: Any) -> str:
    if value is None or value == "":
        return UNKNOWN
    return value.isoformat() if isinstance(value, date) else str(value)
