"""From a group to its customers: filters of the customer list that mean exactly them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from zhike.crm.insight.links import UNKNOWN

Filters = Mapping[str, Any]


#: Filters whose values act together; of others the list takes either value.
ALL_OF = ("band", "statistic")


def merged(parts: Iterable[Sequence[Filters]]) -> dict[str, list[Any]]:
    """All filters at once. Each part offers several ways to say the same, the last of which always fits."""
    found: dict[str, list[Any]] = {}
    for ways in parts:
        way = next((one for one in ways if all(_fits(found, *pair) for pair in one.items())), ways[-1])
        for name, value in way.items():
            _add(found, name, value)
    return found


def _fits(found: Mapping[str, list[Any]], name: str, value: Any) -> bool:
    return name not in found or name in ALL_OF or _is_bound(name, value) or found[name] == [value]


def _is_bound(name: str, value: Any) -> bool:
    return isinstance(value, date) and name.endswith(("_from", "_to"))


def _add(found: dict[str, list[Any]], name: str, value: Any) -> None:
    """Of two bounds of days the narrower one counts."""
    known = found.setdefault(name, [])
    if known and _is_bound(name, value):
        found[name] = [max(known[0], value) if name.endswith("_from") else min(known[0], value)]
    elif value not in known:
        known.append(value)


def address(filters: Mapping[str, list[Any]]) -> str:
    """The customer list under the filters."""
    pairs = [(name, _text(value)) for name, values in filters.items() for value in values]
    return f"{reverse('customers:list')}?{urlencode(pairs)}"


def _text(value: Any) -> str:
    if value is None or value == "":
        return UNKNOWN
    return value.isoformat() if isinstance(value, date) else str(value)
