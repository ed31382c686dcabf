"""How a value is compared: which operators a type has, what they accept, and what a missing value means.

A comparison is true or false, never unknown. A value that is missing fails every positive operator and passes
every negative one (``neq``, ``not_in``, ``not_contains``, ``contains_none``), unless the condition says
``"missing": "exclude"``. An empty text is a missing one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zhike.analytics.problems import Checks
from zhike.analytics.segments.catalogue import (
    CHOICE,
    DATE,
    FLAG,
    LEVEL,
    MONEY,
    NUMBER,
    SHARE,
    TAGS,
    TEXT,
    Field,
)

MONEY_UNITS = 10_000
MOST_VALUES = 1_000
MOST_CHARACTERS = 200
#: Between the tags of a customer, and at both ends.
TAG_MARK = "\x1f"
EPOCH = date(1970, 1, 1)

KNOWN, UNKNOWN = "known", "unknown"
#: The code of the problem that a value was one once.
FORMER = "former"
_ORDERED = ("eq", "neq", "gt", "gte", "lt", "lte", "between", KNOWN, UNKNOWN)
OPERATORS: Mapping[str, tuple[str, ...]] = {
    TEXT: (
        *("eq", "neq", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with"),
        *(KNOWN, UNKNOWN),
    ),
    CHOICE: ("eq", "neq", "in", "not_in", KNOWN, UNKNOWN),
    LEVEL: (*_ORDERED[:-2], "in", "not_in", KNOWN, UNKNOWN),
    NUMBER: (*_ORDERED[:-2], "in", "not_in", KNOWN, UNKNOWN),
    MONEY: _ORDERED,
    SHARE: _ORDERED,
    DATE: _ORDERED,
    FLAG: ("eq",),
    TAGS: ("contains_any", "contains_all", "contains_none", KNOWN, UNKNOWN),
}
NEGATIVE = frozenset({"neq", "not_in", "not_contains", "contains_none"})
WITHOUT_VALUE = frozenset({KNOWN, UNKNOWN})
OF_LISTS = frozenset({"in", "not_in", "contains_any", "contains_all", "contains_none"})
_SYMBOLS = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

Bind = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``value`` as the engine holds it: units of money, day numbers, a tuple for lists and spans.

    That of a level is its code, compared by its place in ``levels``; the engine holds the place
    (``over_places``).
    """

    type: str
    cmp: str
    value: Any = None
    exclude_missing: bool = False
    levels: tuple[str, ...] = ()

    def sql(self, expression: str, bind: Bind) -> str:
        """True or false over an expression of the engine, values bound as parameters."""
        present = f"NULLIF({expression}, '')" if self.type in (TEXT, CHOICE, TAGS) else expression
        if self.cmp in WITHOUT_VALUE:
            return f"{present} IS {'NOT NULL' if self.cmp == KNOWN else 'NULL'}"
        passes = "TRUE" if self.passes_missing else "FALSE"
        return f"COALESCE({self._test(present, bind)}, {passes})"

    def test(self, expression: str, bind: Bind, *, contrary: bool = False) -> str:
        """The same for a WHERE, where unknown counts as false; or true exactly where it does not hold.

        Engines use such a bare test to leave out whole parts of a table, which they cannot do with ``sql``.
        """
        if self.cmp in WITHOUT_VALUE:
            return f"NOT ({self.sql(expression, bind)})" if contrary else self.sql(expression, bind)
        texts = self.type in (TEXT, CHOICE, TAGS)
        # No given value is empty, so that only an excluded missing one needs empty texts told apart.
        empty_counts = texts and self.exclude_missing and self.cmp in NEGATIVE
        present = f"NULLIF({expression}, '')" if empty_counts else expression
        if texts and self.cmp == "in":
            # Measured: as a filter of its own DuckDB looks every text up, here every different one once.
            return f"{'NOT ' if contrary else ''}COALESCE({self._test(present, bind)}, FALSE)"
        test = self.bare(present, bind, contrary=contrary)
        return f"({test} OR {present} IS NULL)" if self.passes_missing != contrary else test

    def bare(self, present: str, bind: Bind, *, contrary: bool = False) -> str:
        """Unknown where the value is missing."""
        test = self._test(present, bind)
        return f"NOT ({test})" if contrary else test

    @property
    def is_quick(self) -> bool:
        """Whether a whole vector is tested at once: numbers are, of texts what is looked up by list."""
        return self.type not in (TEXT, CHOICE, TAGS) or self.cmp == "in"

    @property
    def passes_missing(self) -> bool:
        return self.cmp in NEGATIVE and not self.exclude_missing

    def _test(self, present: str, bind: Bind) -> str:
        if self.cmp in _SYMBOLS:
            return f"{present} {_SYMBOLS[self.cmp]} {bind(self.value)}"
        if self.cmp == "between":
            low, high = self.value
            return f"{present} BETWEEN {bind(low)} AND {bind(high)}"
        if self.cmp in ("in", "not_in"):
            listed = ", ".join(map(bind, self.value))
            return f"{present} {'IN' if self.cmp == 'in' else 'NOT IN'} ({listed})"
        if self.type == TAGS:
            return _tags_test(self.cmp, present, [bind(_like(tag_text([tag]))) for tag in self.value])
        like = f"{present} LIKE {bind(_like(self.value, self.cmp))} ESCAPE '!'"
        return f"NOT ({like})" if self.cmp == "not_contains" else like

    def holds(self, value: Any) -> bool:
        """The same for one value, in plain Python."""
        missing = value is None or value == "" or (self.type == TAGS and not value)
        if self.cmp in WITHOUT_VALUE:
            return missing == (self.cmp == UNKNOWN)
        if missing:
            return self.passes_missing
        return self._holds_level(value) if self.type == LEVEL else bool(_HOLDS[self.cmp](value, self.value))

    def _holds_level(self, code: str) -> bool:
        place = {one: place for place, one in enumerate(self.levels)}
        if code not in place:
            return self.cmp in NEGATIVE
        several = isinstance(self.value, tuple)
        given = tuple(place[one] for one in self.value) if several else place[self.value]
        return bool(_HOLDS[self.cmp](place[code], given))

    def over_places(self, order: Sequence[str]) -> Comparison:
        """The same asked of a column that holds the place of the level in ``order``.

        The order may be another one than that of ``levels``: whoever is meant is meant by code.
        """
        if self.cmp in WITHOUT_VALUE:
            return replace(self, type=NUMBER)
        met = [place for place, code in enumerate(order) if self._holds_level(code)]
        if self.cmp in NEGATIVE:
            left_out = [place for place in range(len(order)) if place not in met]
            return replace(self, type=NUMBER, cmp="not_in", value=tuple(left_out) or _NOWHERE)
        return replace(self, type=NUMBER, **_span_of(met, len(order)))


#: The place of no level.
_NOWHERE = (-1,)


def _span_of(places: list[int], count: int) -> dict[str, Any]:
    """The simplest comparison that exactly these places meet: one with a number where they are one span."""
    if not places or len(places) <= places[-1] - places[0]:
        return {"cmp": "in", "value": tuple(places) or _NOWHERE}
    first, last = places[0], places[-1]
    if first == last:
        return {"cmp": "eq", "value": first}
    if last == count - 1:
        return {"cmp": "gte", "value": first}
    return {"cmp": "lte", "value": last} if first == 0 else {"cmp": "between", "value": (first, last)}


def tag_text(tags: list[str] | tuple[str, ...]) -> str:
    """Tags as the engine's column holds them; "" without any."""
    return f"{TAG_MARK}{TAG_MARK.join(tags)}{TAG_MARK}" if tags else ""


def _tags_test(cmp: str, present: str, patterns: list[str]) -> str:
    tests = [f"{present} LIKE {pattern} ESCAPE '!'" for pattern in patterns]
    joined = (" AND " if cmp == "contains_all" else " OR ").join(tests)
    return f"NOT ({joined})" if cmp == "contains_none" else f"({joined})"


def _like(text: str, cmp: str = "contains") -> str:
    escaped = "".join(f"!{character}" if character in "!%_" else character for character in text)
    before = "" if cmp == "starts_with" else "%"
    after = "" if cmp == "ends_with" else "%"
    return f"{before}{escaped}{after}"


_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, given: bool(value == given),
    "neq": lambda value, given: bool(value != given),
    "gt": lambda value, given: bool(value > given),
    "gte": lambda value, given: bool(value >= given),
    "lt": lambda value, given: bool(value < given),
    "lte": lambda value, given: bool(value <= given),
    "between": lambda value, given: bool(given[0] <= value <= given[1]),
    "in": lambda value, given: value in given,
    "not_in": lambda value, given: value not in given,
    "contains": lambda value, given: given in value,
    "not_contains": lambda value, given: given not in value,
    "starts_with": lambda value, given: bool(value.startswith(given)),
    "ends_with": lambda value, given: bool(value.endswith(given)),
    "contains_any": lambda value, given: any(tag in value for tag in given),
    "contains_all": lambda value, given: all(tag in value for tag in given),
    "contains_none": lambda value, given: not any(tag in value for tag in given),
}


def read_comparison(node: Mapping[str, Any], at: str, field: Field, checks: Checks) -> Comparison | None:
    """The comparison that a leaf states for a field, or None after telling ``checks`` what is wrong."""
    cmp, missing = node.get("cmp"), node.get("missing", "")
    before = len(checks.problems)
    checks.one_of(cmp, OPERATORS[field.type], f"{at}/cmp")
    checks.one_of(missing, ("", "include", "exclude"), f"{at}/missing")
    if len(checks.problems) > before:
        return None
    value = None if cmp in WITHOUT_VALUE else _read_value(node.get("value"), str(cmp), field, at, checks)
    if len(checks.problems) > before:
        return None
    levels = field.levels if field.type == LEVEL else ()
    return Comparison(field.type, str(cmp), value, missing == "exclude", levels)


def _read_value(given: Any, cmp: str, field: Field, at: str, checks: Checks) -> Any:
    place = f"{at}/value"
    if cmp in OF_LISTS:
        ok = isinstance(given, list) and 0 < len(given) <= MOST_VALUES
        checks.require(
            ok, place, "list", f"Needs 1 to {MOST_VALUES} values.", f"需要 1 至 {MOST_VALUES} 个值。"
        )
        if not ok:
            return None
        return tuple(_read_one(one, field, f"{place}/{number}", checks) for number, one in enumerate(given))
    if cmp == "between":
        ok = isinstance(given, list) and len(given) == 2
        checks.require(ok, place, "span", "Needs two values: from and to.", "需要两个值：起与止。")
        if not ok:
            return None
        low, high = (_read_one(one, field, f"{place}/{n}", checks) for n, one in enumerate(given))
        if low is not None and high is not None:
            ok = _in_order(low, high, field)
            checks.require(ok, place, "order", "From must not exceed to.", "起值不能大于止值。")
        return low, high
    return _read_one(given, field, place, checks)


def _in_order(low: Any, high: Any, field: Field) -> bool:
    if field.type == LEVEL:
        return field.levels.index(low) <= field.levels.index(high)
    return bool(low <= high)


def _read_one(given: Any, field: Field, place: str, checks: Checks) -> Any:
    if field.type == LEVEL:
        return _read_level(given, field, place, checks)
    found = _READERS[field.type](given)
    en, zh = _WANTED[field.type]
    checks.require(found is not None, place, "value", en, zh)
    if field.type == CHOICE and field.choices and not field.open and found is not None:
        codes = tuple(code for code, _words in field.choices)
        checks.one_of(found, codes, place)
    return found


def _read_level(given: Any, field: Field, place: str, checks: Checks) -> str | None:
    """The code of a level; what was one once is told by its name."""
    if isinstance(given, str) and given in field.levels:
        return given
    gone = dict(field.former).get(given) if isinstance(given, str) else None
    if gone is None:
        checks.one_of(given, field.levels, place)
        return None
    english, chinese = _names(field)
    en = f"{field.words.en} “{gone.en or gone.zh}” no longer exists. Choose one of: {', '.join(english)}."
    zh = f"{field.words.zh}“{gone.zh or gone.en}”已不存在，请改选：{'、'.join(chinese)}。"
    checks.require(False, place, FORMER, en, zh)
    return None


def _names(field: Field) -> tuple[list[str], list[str]]:
    """The levels by name, in both languages."""
    words = [words for _code, words in field.choices]
    return [one.en or one.zh for one in words], [one.zh or one.en for one in words]


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) and 0 < len(given) <= MOST_CHARACTERS else None


def _tag(given: Any) -> str | None:
    return None if TAG_MARK in str(given) else _text(given)


def _number(given: Any) -> int | float | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return given if math.isfinite(given) and abs(given) < 1e15 else None


def _money(given: Any) -> int | None:
    if not isinstance(given, str):
        return None
    try:
        units = Decimal(given) * MONEY_UNITS
    except InvalidOperation:
        return None
    fits = units.is_finite() and abs(units) < 10**18 and units == units.to_integral_value()
    return int(units) if fits else None


def _day(given: Any) -> int | None:
    try:
        return (date.fromisoformat(given) - EPOCH).days if isinstance(given, str) else None
    except ValueError:
        return None


def _flag(given: Any) -> bool | None:
    return given if isinstance(given, bool) else None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    TEXT: _text,
    CHOICE: _text,
    NUMBER: _number,
    SHARE: _number,
    MONEY: _money,
    DATE: _day,
    FLAG: _flag,
    TAGS: _tag,
}
_WANTED: Mapping[str, tuple[str, str]] = {
    TEXT: (
        f"Must be a text of 1 to {MOST_CHARACTERS} characters.",
        f"必须是 1 至 {MOST_CHARACTERS} 个字符的文本。",
    ),
    CHOICE: ("Must be one of the field's values.", "必须是该字段的取值之一。"),
    NUMBER: ("Must be a number.", "必须是数字。"),
    SHARE: ("Must be a number.", "必须是数字。"),
    MONEY: (
        'Must be an amount as a text with at most four decimals, such as "1000.00".',
        '必须是文本形式的金额，最多四位小数，例如 "1000.00"。',
    ),
    DATE: ('Must be a date such as "2026-11-21".', '必须是日期，例如 "2026-11-21"。'),
    FLAG: ("Must be true or false.", "必须是 true 或 false。"),
    TAGS: ("Must be a tag.", "必须是标签。"),
}
