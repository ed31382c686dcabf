"""Leaves about the customer itself: attributes and scores, dates that come round, buckets, other segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhike.analytics.effect.assignment import BUCKETS, bucket
from zhike.analytics.problems import Checks
from zhike.analytics.segments.catalogue import LEVEL, Catalogue, Field
from zhike.analytics.segments.comparisons import Comparison, read_comparison
from zhike.analytics.segments.tree import Person, Writer
from zhike.analytics.segments.windows import Window, read_window
from zhike.analytics.words import Words

MOST_DAYS = 366


@dataclass(frozen=True)
class Attribute:
    """A field of the customer, or of a row inside ``where``.

    ``max_age`` takes a score that is older (in days) for a missing one.
    """

    field: Field
    comparison: Comparison
    at: str
    max_age: int | None = None

    def sql(self, out: Writer) -> str:
        return self._asked(out).sql(self._value(out), out.bind)

    def test(self, out: Writer, *, contrary: bool = False) -> str:
        value = out.value(self.field.column)
        test = self._asked(out).test(value, out.bind, contrary=contrary)
        if self.max_age is None:
            return test
        dated, since = out.value(self.field.dated), out.as_of - self.max_age
        if self.comparison.holds(None) == contrary:
            return f"({dated} >= {since} AND {test})"
        return f"({dated} < {since} OR {dated} IS NULL OR {test})"

    def own(self, out: Writer) -> str:
        """What the customer has, beside the verdict."""
        return self._value(out)

    def _asked(self, out: Writer) -> Comparison:
        """The comparison as the engine's column is compared."""
        if self.comparison.type != LEVEL:
            return self.comparison
        return self.comparison.over_places(out.levels(self.field))

    def _value(self, out: Writer) -> str:
        value = out.value(self.field.column)
        if self.max_age is None:
            return value
        fresh = f"{out.value(self.field.dated)} >= {out.as_of - self.max_age}"
        return f"CASE WHEN {fresh} THEN {value} END"

    def holds(self, person: Person, as_of: int) -> bool:
        value = person.values.get(self.field.name)
        if self.max_age is not None:
            day = person.values.get(self.field.dated)
            value = None if day is None or day < as_of - self.max_age else value
        return self.comparison.holds(value)


def read_attribute(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks) -> Any:
    field = named(node.get("field"), catalogue.fields, f"{at}/field", checks)
    comparison = field and read_comparison(node, at, field, checks)
    return Attribute(field, comparison, at) if field and comparison else None


def read_score(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks) -> Any:
    """``model`` and ``output`` name one field of the catalogue: ``churn.probability``."""
    name = f"{node.get('model')}.{node.get('output')}"
    field = named(name, catalogue.fields, f"{at}/output", checks)
    if field is None:
        return None
    age = node.get("max_age_days")
    if age is not None:
        checks.between(age, 0, 10_000, f"{at}/max_age_days")
        en, zh = "This value carries no date of its own.", "该数值没有自己的日期。"
        checks.require(bool(field.dated), f"{at}/max_age_days", "undated", en, zh)
    comparison = read_comparison(node, at, field, checks)
    return Attribute(field, comparison, at, age) if comparison else None


@dataclass(frozen=True)
class Anniversary:
    """A date that comes round lies within these days from the as-of day, both included."""

    name: str
    column: str
    within: tuple[int, int]
    at: str
    words: Words

    def sql(self, out: Writer) -> str:
        return f"COALESCE({self._between(out)}, FALSE)"

    def test(self, out: Writer, *, contrary: bool = False) -> str:
        between = self._between(out)
        return f"(NOT ({between}) OR {out.value(self.column)} IS NULL)" if contrary else between

    def own(self, out: Writer) -> str:
        return out.value(self.column)

    def _between(self, out: Writer) -> str:
        first, last = (out.bind(out.as_of + days) for days in self.within)
        return f"{out.value(self.column)} BETWEEN {first} AND {last}"

    def holds(self, person: Person, as_of: int) -> bool:
        day = person.occasions.get(self.name)
        return day is not None and self.within[0] <= day - as_of <= self.within[1]


def read_anniversary(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks) -> Any:
    occasion = named(node.get("field"), catalogue.occasions, f"{at}/field", checks)
    given: Any = node.get("within_days")
    numbers = isinstance(given, list) and len(given) == 2 and all(type(day) is int for day in given)
    ok = numbers and 0 <= given[0] <= given[1] <= MOST_DAYS
    checks.require(
        ok,
        f"{at}/within_days",
        "span",
        f"Needs two whole numbers from 0 to {MOST_DAYS}, from and to.",
        f"需要两个 0 至 {MOST_DAYS} 的整数：起与止。",
    )
    if occasion is None or not ok:
        return None
    return Anniversary(occasion.name, occasion.column, tuple(given), at, occasion.words)


@dataclass(frozen=True)
class Bucket:
    """A part of all customers drawn by hash: the buckets from ``start`` to before ``end`` of 10,000."""

    salt: str
    start: int
    end: int
    at: str

    def sql(self, out: Writer) -> str:
        return f"COALESCE({self._between(out)}, FALSE)"

    def test(self, out: Writer, *, contrary: bool = False) -> str:
        between = self._between(out)
        return f"NOT COALESCE({between}, FALSE)" if contrary else between

    def own(self, out: Writer) -> str:
        return out.of_rows("{buckets}", "MAX({})", "r.bucket", f"r.salt = {out.bind(self.salt)}")

    def _between(self, out: Writer) -> str:
        found = self.own(out)
        return f"{found} BETWEEN {out.bind(self.start)} AND {out.bind(self.end - 1)}"

    def holds(self, person: Person, as_of: int) -> bool:
        return self.start <= bucket(self.salt, person.id) < self.end


def read_bucket(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks) -> Any:
    salt, start, end = node.get("salt"), node.get("from"), node.get("to")
    named_well = isinstance(salt, str) and 0 < len(salt) <= 100
    checks.require(
        named_well,
        f"{at}/salt",
        "value",
        "Needs a text of 1 to 100 characters.",
        "需要 1 至 100 个字符的文本。",
    )
    ok = type(start) is int and type(end) is int and 0 <= start < end <= BUCKETS
    checks.require(
        ok,
        f"{at}/from",
        "span",
        f"Needs whole numbers from 0 to {BUCKETS:,}, from below to.",
        f"需要 0 至 {BUCKETS:,} 的整数，且起小于止。",
    )
    return Bucket(str(salt), int(str(start)), int(str(end)), at) if named_well and ok else None


@dataclass(frozen=True)
class Membership:
    """Membership of another segment, as it is stored."""

    segment: str
    at: str

    def sql(self, out: Writer) -> str:
        found = out.of_rows("{members}", "MAX({})", "1", f"r.segment = {out.bind(self.segment)}")
        return f"{found} IS NOT NULL"

    def holds(self, person: Person, as_of: int) -> bool:
        return self.segment in person.segments


def read_membership(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks) -> Any:
    given = node.get("id")
    ok = isinstance(given, str) and 0 < len(given) <= 100
    checks.require(ok, f"{at}/id", "value", "Needs the id of a segment.", "需要分群的编号。")
    return Membership(str(given), at) if ok else None


@dataclass(frozen=True)
class Listed:
    """A place in a list that people keep by hand."""

    list_id: int
    at: str

    def sql(self, out: Writer) -> str:
        found = out.of_rows("{list_members}", "MAX({})", "1", f"r.list_id = {out.bind(self.list_id)}")
        return f"{found} IS NOT NULL"

    def holds(self, person: Person, as_of: int) -> bool:
        return self.list_id in person.lists


def read_listed(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks) -> Any:
    given: Any = node.get("id")
    ok = type(given) is int and 0 < given < 2**63
    checks.require(ok, f"{at}/id", "value", "Needs the number of a list.", "需要名单的编号。")
    return Listed(given, at) if ok else None


@dataclass(frozen=True)
class Changed:
    """A class moved from one of these values to one of those within the window; no values mean any."""

    name: str
    relation: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    window: Window
    at: str
    words: Words
    choices: tuple[tuple[str, Words], ...] = ()

    def sql(self, out: Writer) -> str:
        tests = [self.window.sql("r.day", out.as_of)]
        for column, values in (("r.before", self.before), ("r.after", self.after)):
            if values:
                tests.append(f"{column} IN ({', '.join(map(out.bind, values))})")
        days = self.window.days(out.as_of)
        return f"{out.of_rows(self.relation, 'MAX({})', '1', ' AND '.join(tests), days)} IS NOT NULL"

    def holds(self, person: Person, as_of: int) -> bool:
        return any(
            self.window.holds(day, as_of)
            and (not self.before or before in self.before)
            and (not self.after or after in self.after)
            for day, before, after in person.changes.get(self.name, ())
        )


def read_changed(node: Mapping[str, Any], at: str, catalogue: Catalogue, checks: Checks) -> Any:
    of = node.get("of")
    name = of.get("model") if isinstance(of, Mapping) else of
    changing = named(name, catalogue.changing, f"{at}/of", checks)
    sides = [_classes(node.get(side, []), f"{at}/{side}", changing, checks) for side in ("from", "to")]
    window = read_window(node.get("window"), f"{at}/window", checks)
    if changing is None or None in sides:
        return None
    before, after = (side or () for side in sides)
    words, choices = changing.words, (*changing.choices, *changing.former)
    return Changed(changing.name, changing.relation, before, after, window, at, words, choices)


def _classes(given: Any, at: str, changing: Any, checks: Checks) -> tuple[str, ...] | None:
    ok = isinstance(given, list) and all(isinstance(one, str) for one in given) and len(given) <= 100
    checks.require(ok, at, "list", "Needs a list of values.", "需要取值列表。")
    if not ok:
        return None
    if changing is not None and changing.choices:
        former = {code for code, _words in changing.former}
        for number, one in enumerate(given):
            if one not in former:
                checks.one_of(one, tuple(code for code, _words in changing.choices), f"{at}/{number}")
    return tuple(given)


def named(name: Any, known: Mapping[str, Any], at: str, checks: Checks) -> Any:
    """What the catalogue has under the name, or None after saying so."""
    found = known.get(name) if isinstance(name, str) else None
    checks.require(
        found is not None,
        at,
        "unknown",
        f"Nothing is known under the name {str(name)[:80]!r}.",
        f"没有名为“{str(name)[:80]}”的内容。",
    )
    return found
