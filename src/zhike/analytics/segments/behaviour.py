"""Leaves about what a customer did: counts and sums of rows, and how long ago the first or last was.

Without a row a count and a sum are 0; an average, a minimum, a maximum and a time since are missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zhike.analytics.problems import Checks
from zhike.analytics.segments.catalogue import DATE, MONEY, NUMBER, SHARE, Catalogue, Field, Source
from zhike.analytics.segments.comparisons import WITHOUT_VALUE, Comparison, read_comparison
from zhike.analytics.segments.leaves import named
from zhike.analytics.segments.tree import Node, Person, Writer, condition
from zhike.analytics.segments.windows import EVER, Window, read_window
from zhike.analytics.words import Words

COUNT, COUNT_DISTINCT = "count", "count_distinct"
OF_NUMBERS = ("sum", "avg", "min", "max")
FUNCTIONS = (COUNT, COUNT_DISTINCT, *OF_NUMBERS)
#: Functions that are 0 where there is nothing.
FROM_ZERO = (COUNT, COUNT_DISTINCT, "sum")
DAYS_PER_UNIT = {"day": 1, "week": 7}
_ADDED = (NUMBER, MONEY, SHARE)
_COUNTED = Field("count", NUMBER, Words("Count", "次数"), "")
_DAYS = Field("days", NUMBER, Words("Days", "天数"), "", unit="days")


@dataclass(frozen=True)
class Aggregate:
    """One number per customer from the rows of a source, compared."""

    source: Source
    fn: str
    of: Field | None
    where: Node | None
    window: Window
    comparison: Comparison
    at: str

    def sql(self, out: Writer) -> str:
        return self.comparison.sql(self.own(out), out.bind)

    def own(self, out: Writer) -> str:
        found = self._found(out)
        return f"COALESCE({found}, 0)" if self.fn in FROM_ZERO else found

    def test(self, out: Writer, *, contrary: bool = False) -> str:
        """Where 0 does not count, customers without rows need not be looked at."""
        found, compared = self._found(out), self.comparison
        if self.fn not in FROM_ZERO:
            return compared.test(found, out.bind, contrary=contrary)
        if compared.cmp in WITHOUT_VALUE or compared.holds(0) != contrary:
            return compared.test(f"COALESCE({found}, 0)", out.bind, contrary=contrary)
        return compared.bare(found, out.bind, contrary=contrary)

    def _found(self, out: Writer) -> str:
        value = f"r.{self.of.column}" if self.of else "1"
        return rows_of(out, self.source, self.where, self.window, _AGGREGATES[self.fn], value)

    def holds(self, person: Person, as_of: int) -> bool:
        return self.comparison.holds(self._number(self._taken(person, as_of)))

    def _taken(self, person: Person, as_of: int) -> list[Mapping[str, Any]]:
        rows = [row for row in person.rows.get(self.source.name, ()) if self.window.holds(row["day"], as_of)]
        if self.where is None:
            return rows
        return [row for row in rows if self.where.holds(Person(person.id, values=row), as_of)]

    def _number(self, rows: list[Mapping[str, Any]]) -> Any:
        if self.fn == COUNT:
            return len(rows)
        assert self.of is not None
        values: list[Any] = [row[self.of.name] for row in rows if row.get(self.of.name) is not None]
        if self.fn == COUNT_DISTINCT:
            return len(set(values))
        if self.fn == "sum":
            return sum(values)
        if not values:
            return None
        return sum(values) / len(values) if self.fn == "avg" else {"min": min, "max": max}[self.fn](values)


_AGGREGATES: Mapping[str, str] = {
    COUNT: "COUNT({0})",
    COUNT_DISTINCT: "COUNT(DISTINCT {0})",
    "sum": "SUM({0})",
    "avg": "CAST(SUM({0}) AS DOUBLE) / NULLIF(CAST(COUNT({0}) AS DOUBLE), 0)",
    "min": "MIN({0})",
    "max": "MAX({0})",
}


def rows_of(out: Writer, source: Source, where: Node | None, window: Window, call: str, value: str) -> str:
    """An aggregate of the rows of a source that lie in the window and meet the condition."""
    test = window.sql("r.day", out.as_of)
    if where is not None:
        test += f" AND {condition(where, _Rows(out))}"
    return out.of_rows(source.relation, call, value, test, window.days(out.as_of))


class _Rows:
    """Writes conditions about the rows of a source instead of about the customer."""

    def __init__(self, out: Writer) -> None:
        self.as_of = out.as_of
        self.bind = out.bind
        self.levels = out.levels
        self.of_rows = out.of_rows

    def value(self, column: str) -> str:
        return f"r.{column}"


@dataclass(frozen=True)
class Recency:
    """Days since the first or the last row of a source."""

    source: Source
    which: str
    where: Node | None
    comparison: Comparison
    at: str

    def sql(self, out: Writer) -> str:
        return self.comparison.sql(self._found(out), out.bind)

    def test(self, out: Writer, *, contrary: bool = False) -> str:
        return self.comparison.test(self._found(out), out.bind, contrary=contrary)

    def own(self, out: Writer) -> str:
        return self._found(out)

    def _found(self, out: Writer) -> str:
        end = "MAX({0})" if self.which == "last" else "MIN({0})"
        return f"({out.as_of} - {rows_of(out, self.source, self.where, EVER, end, 'r.day')})"

    def holds(self, person: Person, as_of: int) -> bool:
        rows = Aggregate(self.source, COUNT, None, self.where, EVER, self.comparison, self.at)
        days = [row["day"] for row in rows._taken(person, as_of)]
        if not days:
            return self.comparison.holds(None)
        return self.comparison.holds(as_of - (max(days) if self.which == "last" else min(days)))


#: The leaves that ask for rows of a source.
OVER_ROWS = (Aggregate, Recency)


def read_aggregate(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks, where: Any) -> Any:
    source = named(node.get("source"), catalogue.sources, f"{at}/source", checks)
    fn = node.get("fn")
    checks.one_of(fn, FUNCTIONS, f"{at}/fn")
    window = read_window(node.get("window"), f"{at}/window", checks)
    if source is None or fn not in FUNCTIONS:
        return None
    of = None if fn == COUNT else _measured(node, str(fn), source, at, checks)
    if fn != COUNT and of is None:
        return None
    of_kind = of if of is not None and fn in OF_NUMBERS else _COUNTED
    condition = where(source)
    comparison = read_comparison(node, at, of_kind, checks)
    return Aggregate(source, str(fn), of, condition, window, comparison, at) if comparison else None


def _measured(node: Mapping[str, Any], fn: str, source: Source, at: str, checks: Checks) -> Field | None:
    field: Field | None = named(node.get("of"), source.fields, f"{at}/of", checks)
    if field is None:
        return None
    dated = fn in ("min", "max") and field.type == DATE
    allowed = fn == COUNT_DISTINCT or (not field.only_counted and (field.type in _ADDED or dated))
    en, zh = "This field cannot be calculated with.", "该字段不能用于此计算。"
    checks.require(allowed, f"{at}/of", "type", en, zh)
    return field if allowed else None


def read_recency(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks, where: Any) -> Any:
    source = named(node.get("source"), catalogue.sources, f"{at}/source", checks)
    which, unit = node.get("which", "last"), node.get("unit", "day")
    checks.one_of(which, ("first", "last"), f"{at}/which")
    checks.one_of(unit, tuple(DAYS_PER_UNIT), f"{at}/unit")
    condition = where(source) if source is not None else None
    comparison = read_comparison(node, at, _DAYS, checks)
    if source is None or comparison is None or unit not in DAYS_PER_UNIT or which not in ("first", "last"):
        return None
    return Recency(source, which, condition, _in_days(comparison, DAYS_PER_UNIT[unit]), at)


def _in_days(comparison: Comparison, days: int) -> Comparison:
    value = comparison.value
    if isinstance(value, tuple):
        return replace(comparison, value=tuple(one * days for one in value))
    return comparison if value is None else replace(comparison, value=value * days)
