"""Comparing a column with thousands of days that travel to the store as one value.

``column__in`` gives each of them a parameter of its own, and Django a second's work to prepare them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import BooleanField, Func, Q


class _OnOneOf(Func):
    arity = 1
    output_field = BooleanField()

    def __init__(self, column: str, days: tuple[date, ...]) -> None:
        super().__init__(column)
        self.days = days

    def as_sqlite(self, compiler: Any, connection: Any, *_more: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        days = json.dumps([day.isoformat() for day in self.days])
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, days]

    def as_postgresql(self, compiler: Any, connection: Any, *_more: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} = ANY(%s)", [*params, list(self.days)]


def on_one_of(column: str, days: Iterable[date]) -> Q:
    """The rows whose column is one of the days."""
    found = tuple(days)
    return Q(_OnOneOf(column, found)) if found else Q(pk__in=[])
