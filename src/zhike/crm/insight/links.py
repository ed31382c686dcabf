"""Addresses of the customers behind a number."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

# What the customer list takes for "not filled in".
UNKNOWN = "none"

Value = str | int | date | None


def customers(**filters: Value) -> str:
    """The customer list with these filters; an empty value asks for records where it is not filled in."""
    pairs = [(name, _text(value)) for name, value in filters.items()]
    return f"{reverse('customers:list')}?{urlencode(pairs)}"


def moved(source: int, target: int, start: date, end: date) -> str:
    """The customers that moved from one tier to another between two days."""
    return customers(moved_from=source, moved_to=target, moved_start=start, moved_end=end)


def here(name: str, **query: Any) -> str:
    """A page of this app with a query."""
    kept = [(key, value) for key, value in query.items() if value not in ("", None)]
    return f"{reverse(name)}?{urlencode(kept)}" if kept else reverse(name)


def _text(value: Value) -> str:
    if value is None or value == "":
        return UNKNOWN
    return value.isoformat() if isinstance(value, date) else str(value)
