"""Statistics of the customers that a person sees: one query over the published snapshot, not orders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.statistics import drill, sources
from zhike.crm.statistics.axes import OTHERS, TIMES_SHOWN, Axis, axis
from zhike.crm.statistics.choice import Choice
from zhike.crm.statistics.dimensions import PROVINCE, SECTIONS, TIME, Dimension
from zhike.crm.statistics.measures import (
    ALWAYS,
    COMPANIONS,
    MEASURES,
    NEEDS,
    NOT_ADDED,
    PARTS,
    Measure,
    Sums,
    Value,
    added,
)

JOINS = {
    "costs": "LEFT JOIN costed k ON k.customer_id = c.customer_id",
    "period": ("LEFT JOIN periods p ON p.customer_id = c.customer_id AND p.period = $period AND p.back = 0"),
    "people": "LEFT JOIN extra.people x ON x.customer_id = c.customer_id",
    # Of those who asked not to be profiled the base knows nothing: "not filled in" would be wrong.
    "own": "JOIN extra.people x ON x.customer_id = c.customer_id",
    "sections": f"LEFT JOIN {SECTIONS} ON g.code = c.industry",
    "segments": "JOIN members s ON s.customer_id = c.customer_id",
}
#: Lines and maps show what they have: a province among the others would look as if nobody lived there.
SHOWN_WHOLE = {TIME: TIMES_SHOWN, PROVINCE: 40}
Key = tuple[Any, Any]
NOTHING: Sums = dict.fromkeys(PARTS)


@dataclass
class Cube:
    """The sums of every pair of groups, of every group by itself, and of everybody counted.

    With one dimension the columns are the single key None. ``shown`` and ``across`` are the keys in order,
    those beyond the limit merged into one.
    """

    choice: Choice
    rows: Axis
    columns: Axis | None
    cells: dict[Key, Sums]
    by_row: dict[Any, Sums]
    by_column: dict[Any, Sums]
    total: Sums
    shown: list[Any] = field(default_factory=list)
    across: list[Any] = field(default_factory=list)

    @property
    def base(self) -> Snapshot:
        return self.rows.base

    def value(self, sums: Sums | None, measure: Measure | None = None) -> Value:
        measure = measure or self.choice.measure
        if sums is None:
            return 0 if measure.additive else None
        return measure.value({**NOTHING, **sums}, {**NOTHING, **self.total})

    @cached_property
    def row_names(self) -> dict[Any, str]:
        return self.rows.names(list(self.by_row) + [key for key in self.shown if key not in self.by_row])

    @cached_property
    def column_names(self) -> dict[Any, str]:
        known = [*self.by_column, *(key for key in self.across if key not in self.by_column)]
        return self.columns.names(known) if self.columns else {}

    def url(self, row: Any, column: Any = None, *, both: bool = False) -> str:
        """The customers of a group, or of a pair of groups."""
        return self._opening(("row", row), *([("column", column)] if both and self.columns else []))

    def column_url(self, column: Any) -> str:
        return self._opening(("column", column))

    @property
    def total_url(self) -> str:
        return self._opening()

    def _opening(self, *groups: tuple[str, Any]) -> str:
        parts = [self._ways(side, key) for side, key in groups]
        return drill.address(drill.merged([*parts, [counted(self.base, self.choice)]]))

    def _ways(self, side: str, key: Any) -> list[drill.Filters]:
        """The list's own filters where it has them, and the group as this statistic made it."""
        plain = self.axis(side).filters(key)
        named = self.choice.address(side=side, key=json.dumps(key, ensure_ascii=False))
        return [*([plain] if plain is not None else []), {"statistic": named}]

    def axis(self, side: str) -> Axis:
        found = self.rows if side == "row" else self.columns
        assert found is not None
        return found

    def kept(self, side: str) -> list[Any]:
        """The groups that stand for themselves, without the merged ones."""
        return [key for key in (self.shown if side == "row" else self.across) if key != OTHERS]

    @property
    def is_empty(self) -> bool:
        return not self.total.get("everybody")


def counted(base: Snapshot, choice: Choice) -> dict[str, Any]:
    """Who is counted as a customer: bought in the period, or ever."""
    days = choice.days(base)
    if days is None:
        return {"first_order_to": base.as_of}
    return {"last_order_from": base.since(days), "first_order_to": base.as_of}


def cube(base: Snapshot, choice: Choice) -> Cube:
    """Everything that the choice asks for, within the row scope of the snapshot."""
    base = sources.wide(base, choice.segments)
    first = _axis(base, choice.by, "a")
    second = _axis(base, choice.second, "b") if choice.second else None
    ask = _Question(base, choice, first, second)
    cells = ask(True, True)
    found = Cube(
        choice,
        first,
        second,
        cells,
        {key[0]: sums for key, sums in ask.along(cells, 0).items()},
        {key[1]: sums for key, sums in ask.along(cells, 1).items()} if second else {},
        ask.total(cells),
    )
    _arrange(found)
    return found


def group_ids(found: Cube, side: str, key: Any) -> list[int]:
    """The customers of a group of the statistic, by their numbers."""
    one = found.axis(side)
    values: dict[str, Any] = dict(one.values)
    if key == OTHERS:
        kept = found.kept(side)
        text = f"COALESCE({one.sql} NOT IN (SELECT UNNEST($kept)), {'FALSE' if None in kept else 'TRUE'})"
        values["kept"] = [known for known in kept if known is not None]
    else:
        text, values["key"] = f"{one.sql} IS NOT DISTINCT FROM $key", key
    row = found.base.row(
        f"SELECT LIST(DISTINCT c.customer_id) AS ids FROM customers c {joined(one.dimension.joins)} "
        f"{one.join} WHERE {{scope}} AND c.frequency > 0 AND {text}",
        **values,
    )
    return row["ids"] or []


def joined(names: Iterable[str]) -> str:
    """The tables beside the customers; ``own`` brings what ``people`` does."""
    known = dict.fromkeys(names)
    if "own" in known:
        known.pop("people", None)
    return " ".join(JOINS[name] for name in known)


def _axis(base: Snapshot, dimension: Dimension, slot: str) -> Axis:
    source = f"FROM customers c {joined(dimension.joins)} WHERE {{scope}} AND c.frequency > 0"
    return axis(base, dimension, slot, source)


@dataclass
class _Question:
    base: Snapshot
    choice: Choice
    first: Axis
    second: Axis | None

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*ALWAYS, *self.choice.measure.parts)))

    @property
    def adds_up(self) -> bool:
        several = self.choice.by.several or bool(self.choice.second and self.choice.second.several)
        return not several and not NOT_ADDED & set(self.parts)

    def along(self, cells: dict[Key, Sums], side: int) -> dict[Key, Sums]:
        if self.second is None:
            return cells
        if not self.adds_up:
            return self(side == 0, side == 1)
        return _gathered(cells, lambda key: (key[0], None) if side == 0 else (None, key[1]))

    def total(self, cells: dict[Key, Sums]) -> Sums:
        if not self.adds_up:
            return self(False, False).get((None, None), NOTHING)
        return reduce(added, cells.values(), {})

    def __call__(self, by_first: bool, by_second: bool) -> dict[Key, Sums]:
        axes = [self.first if by_first else None, self.second if by_second else None]
        keys = ", ".join(
            f"{one.sql if one else 'NULL'} AS {name}" for one, name in zip(axes, "ab", strict=True)
        )
        used = [one for one in axes if one]
        rows = self.base.rows(
            f"SELECT {keys}, {self._sums()} FROM customers c {self._joins(used)} "
            "WHERE {scope} AND c.frequency > 0 GROUP BY 1, 2",
            **self._values(used),
        )
        return {(row.pop("a"), row.pop("b")): row for row in rows}

    def _sums(self) -> str:
        place = 0 if self.choice.days(self.base) is None else 1
        return ", ".join(f"{PARTS[part][place]} AS {part}" for part in self.parts)

    def _joins(self, axes: Iterable[Axis]) -> str:
        in_period = self.choice.days(self.base) is not None
        names = [
            NEEDS[part] for part in self.parts if part in NEEDS and not (in_period and NEEDS[part] == "costs")
        ]
        names += [name for one in axes for name in one.dimension.joins]
        if in_period:
            names.append("period")
        return " ".join([joined(names), *(one.join for one in axes)])

    def _values(self, axes: list[Axis]) -> dict[str, Any]:
        found: dict[str, Any] = {name: value for one in axes for name, value in one.values.items()}
        if self.choice.days(self.base) is not None:
            found["period"] = self.choice.days(self.base)
        if "top" in self.parts:
            found["top"] = self.base.top_tier
        return found


def _gathered(cells: dict[Key, Sums], key_of: Callable[[Key], Key]) -> dict[Key, Sums]:
    found: dict[Key, Sums] = {}
    for key, sums in cells.items():
        place = key_of(key)
        found[place] = added(found[place], sums) if place in found else sums
    return found


def _arrange(found: Cube) -> None:
    """Order the groups; merge those beyond the limit into one."""
    choice = found.choice
    found.shown = _limited(found, 0, found.rows, found.by_row, choice.sort, choice.top)
    if found.columns:
        found.across = _limited(found, 1, found.columns, found.by_column, "", choice.columns)


def _limited(found: Cube, side: int, one: Axis, sums: dict[Any, Sums], sort: str, limit: int) -> list[Any]:
    def size(key: Any) -> float:
        return float(found.value(sums.get(key)) or 0)

    if limit and side == 0:
        limit = max(limit, SHOWN_WHOLE.get(one.dimension.kind, 0))
    names = one.names(list(sums)) if sort == "name" else {}
    keys = one.filled(one.sorted(list(sums), size, sort, names))
    if limit and len(keys) > limit + 1:
        best = sorted(keys, key=size, reverse=True)[:limit] if not one.is_time else _newest(keys, limit)
        kept = set(best)
        keys = [key for key in keys if key in kept]
        if not one.dimension.several:
            # Of groups that share customers there is no sum.
            keys = [OTHERS, *keys] if one.is_time else [*keys, OTHERS]
            _merge(found, side, kept)
    return keys


def _newest(keys: list[Any], limit: int) -> list[Any]:
    return sorted(key for key in keys if isinstance(key, int))[-limit:]


def _merge(found: Cube, side: int, kept: set[Any]) -> None:
    def place(key: Key) -> Key:
        if key[side] in kept:
            return key
        return (OTHERS, key[1]) if side == 0 else (key[0], OTHERS)

    mine = found.by_row if side == 0 else found.by_column
    rest = [sums for key, sums in mine.items() if key not in kept]
    found.cells = _gathered(found.cells, place)
    for key in [key for key in mine if key not in kept]:
        del mine[key]
    if rest:
        mine[OTHERS] = reduce(added, rest)


def companions(choice: Choice) -> list[Measure]:
    """The columns of the table: the chosen measure first, then those that belong to every statistic."""
    return [choice.measure, *(MEASURES[code] for code in COMPANIONS if code != choice.measure.code)]
