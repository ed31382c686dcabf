"""Statistics of the customers that a person sees: one query over the published snapshot, not orders."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.statistics import drill, own, sources
from zhike.crm.statistics.asking import Beyond, Key, Question, axis_of, gathered, ids_of
from zhike.crm.statistics.axes import EVERYBODY, OTHERS, TIMES_SHOWN, Axis
from zhike.crm.statistics.choice import Choice
from zhike.crm.statistics.dimensions import PROVINCE, TIME
from zhike.crm.statistics.measures import COMPANIONS, MEASURES, PARTS, Measure, Sums, Value, added
from zhike.crm.statistics.whom import MEMBERSHIP

#: Measures that are parts of everybody counted.
SHARES = ("customer_share", "revenue_share")
#: Lines and maps show what they have: a province among the others would look as if nobody lived there.
SHOWN_WHOLE = {TIME: TIMES_SHOWN, PROVINCE: 40}


@dataclass
class Cube:
    """The sums of every pair of groups, of every group by itself, and of everybody counted.

    With one dimension the columns are the single key None. ``shown`` and ``across`` are the keys in order,
    those beyond the limit merged into one. ``before`` are the rows of the earlier period, where one was
    asked for.
    """

    choice: Choice
    ask: Question
    cells: dict[Key, Sums]
    by_row: dict[Any, Sums]
    by_column: dict[Any, Sums]
    total: Sums
    shown: list[Any] = field(default_factory=list)
    across: list[Any] = field(default_factory=list)
    before: dict[Any, Sums] | None = None
    total_before: Sums = field(default_factory=dict)

    @property
    def base(self) -> Snapshot:
        return self.ask.base

    @property
    def rows(self) -> Axis:
        return self.ask.first

    @property
    def columns(self) -> Axis | None:
        return self.ask.second

    @cached_property
    def _nothing(self) -> Sums:
        return dict.fromkeys(part.name for part in (*PARTS.values(), *self.ask.parts))

    def value(self, sums: Sums | None, measure: Measure | None = None) -> Value:
        return self._value(sums, measure or self.choice.measure, self.total)

    def _value(self, sums: Sums | None, measure: Measure, total: Sums) -> Value:
        if sums is None:
            return 0 if measure.additive else None
        return measure.value({**self._nothing, **sums}, {**self._nothing, **total})

    def at(self, row: Any, column: Any) -> Value:
        """Where two groups meet. Members and everybody else are each a whole of which shares are taken."""
        wholes = {"row": self.by_row.get(row), "column": self.by_column.get(column)}
        whole = wholes.get(self.apart) or self.total
        return self._value(self.cells.get((row, column)), self.choice.measure, whole)

    def row_value(self, row: Any) -> Value:
        sums = self.by_row.get(row)
        return self._value(sums, self.choice.measure, sums if self.apart == "row" and sums else self.total)

    def column_value(self, column: Any) -> Value:
        sums = self.by_column.get(column)
        return self._value(sums, self.choice.measure, sums if self.apart == "column" and sums else self.total)

    @cached_property
    def apart(self) -> str:
        """The side of two on which members stand against everybody else; empty where none does."""
        if self.columns is None or not self.choice.splits:
            return ""
        return "row" if self.rows.dimension.code == MEMBERSHIP else "column"

    @property
    def shares_apart(self) -> bool:
        return bool(self.apart) and self.choice.measure.code in SHARES

    def value_before(self, key: Any) -> Value:
        """Of the same group in the earlier period."""
        return self._value((self.before or {}).get(key), self.choice.measure, self.total_before)

    @property
    def all_before(self) -> Value:
        return self._value(self.total_before, self.choice.measure, self.total_before)

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

    def url_before(self, row: Any) -> str:
        """The customers of a group who ordered in the earlier period."""
        named = self._named("row", row, then="1")
        return drill.address({"statistic": [named], "first_order_to": [self.base.as_of]})

    @property
    def total_url(self) -> str:
        return self._opening()

    def _opening(self, *groups: tuple[str, Any]) -> str:
        of = self.choice.of
        narrowed: list[list[drill.Filters]] = [[{"segment": of.pk}]] if of and self.choice.narrows else []
        parts = [*narrowed, *(self._ways(side, key) for side, key in groups)]
        if self._leaves_out:
            parts.append([{"statistic": self._named("row", EVERYBODY)}])
        return drill.address(drill.merged([*parts, [counted(self.base, self.choice)]]))

    def _ways(self, side: str, key: Any) -> list[drill.Filters]:
        """The list's own filters where it has them, and the group as this statistic made it."""
        plain = self.axis(side).filters(key)
        return [*([plain] if plain is not None else []), {"statistic": self._named(side, key)}]

    def _named(self, side: str, key: Any, **more: str) -> str:
        return self.choice.address(side=side, key=json.dumps(key, ensure_ascii=False), **more)

    @cached_property
    def _leaves_out(self) -> bool:
        return self.ask.leaves_out and own.has_exempt(self.base)

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
    if choice.of:
        base = sources.beside(base, choice.of.pk, alone=choice.narrows)
    first = axis_of(base, choice.by, "a")
    second = axis_of(base, choice.second, "b") if choice.second else None
    ask = Question(base, choice, first, second)
    cells = ask(True, bool(second))
    found = Cube(
        choice,
        ask,
        cells,
        {key[0]: sums for key, sums in ask.along(cells, 0).items()},
        {key[1]: sums for key, sums in ask.along(cells, 1).items()} if second else {},
        ask.total(cells),
    )
    _arrange(found)
    if choice.earlier:
        _look_back(found)
    return found


def group_ids(found: Cube, side: str, key: Any, *, then: bool = False) -> list[int]:
    """The customers of a group of the statistic, by their numbers; ``then``: of the earlier period."""
    ask = replace(found.ask, back=found.choice.earlier) if then else found.ask
    return ids_of(ask, side, key, found.kept(side))


def _look_back(found: Cube) -> None:
    """The same groups in the earlier period, those beyond the limit merged."""
    ask = replace(found.ask, second=None, back=found.choice.earlier)
    cells = ask(True, False)
    found.total_before = ask.total(cells)
    if OTHERS in found.shown:
        kept = set(found.kept("row"))
        cells = gathered(cells, lambda key: key if key[0] in kept else (OTHERS, None), ask.alone)
        if ask.alone:
            cells[OTHERS, None] = _beyond(ask, _merged_on(found, "row"))
    found.before = {key[0]: sums for key, sums in cells.items()}


def _arrange(found: Cube) -> None:
    """Order the groups; merge those beyond the limit into one."""
    choice = found.choice
    found.shown = _limited(found, 0, found.rows, found.by_row, choice.sort, choice.top)
    if found.columns:
        found.across = _limited(found, 1, found.columns, found.by_column, "", choice.columns)
    if found.ask.alone:
        _ask_the_rest(found)


def _ask_the_rest(found: Cube) -> None:
    """What is no sum of its groups, such as a median, is asked anew for those that were merged."""
    rows = _merged_on(found, "row") if OTHERS in found.shown else []
    columns = _merged_on(found, "column") if OTHERS in found.across else []
    if rows:
        _put(found, rows, by_column=found.columns is not None)
        found.by_row[OTHERS] = _beyond(found.ask, rows)
    if columns:
        _put(found, columns, by_row=True)
        found.by_column[OTHERS] = _beyond(found.ask, columns)
    if rows and columns:
        _put(found, [*rows, *columns])


def _merged_on(found: Cube, side: str) -> list[Beyond]:
    return [(found.axis(side), found.kept(side))]


def _put(found: Cube, beyond: list[Beyond], *, by_row: bool = False, by_column: bool = False) -> None:
    """The cells of merged groups; ``by_row``: of the columns that were merged, row by row."""
    rest = OTHERS if found.columns else None
    for (row, column), sums in found.ask(by_row, by_column, beyond).items():
        place = (row if by_row else OTHERS, column if by_column else rest)
        if place in found.cells:
            found.cells[place] = sums


def _beyond(ask: Question, beyond: list[Beyond]) -> Sums:
    return ask(False, False, beyond).get((None, None), {})


def _limited(found: Cube, side: int, one: Axis, sums: dict[Any, Sums], sort: str, limit: int) -> list[Any]:
    def size(key: Any) -> float:
        return float(found.value(sums.get(key)) or 0)

    def weight(key: Any) -> float:
        """A mean or a rate says nothing of how much a group counts: the highest are often tiny groups."""
        return size(key) if found.choice.measure.additive else (sums.get(key) or {}).get("buyers") or 0

    if limit and side == 0:
        limit = max(limit, SHOWN_WHOLE.get(one.dimension.kind, 0))
    # The engine answers in any order: of equal groups the same ones have to be merged each time.
    known = sorted(sums, key=repr)
    names = one.names(known) if sort == "name" else {}
    keys = one.filled(one.sorted(known, size, sort, names))
    if limit and len(keys) > limit + 1:
        kept = set(_newest(keys, limit) if one.is_time else sorted(keys, key=weight, reverse=True)[:limit])
        keys = [key for key in keys if key in kept]
        if not one.dimension.several:
            # Of groups that share customers there is no sum.
            keys = [OTHERS, *keys] if one.is_time else [*keys, OTHERS]
            _merge(found, side, kept)
    return keys


def _newest(keys: list[Any], limit: int) -> list[Any]:
    return sorted(key for key in keys if isinstance(key, int))[-limit:]


def _merge(found: Cube, side: int, kept: set[Any]) -> None:
    alone = found.ask.alone

    def place(key: Key) -> Key:
        if key[side] in kept:
            return key
        return (OTHERS, key[1]) if side == 0 else (key[0], OTHERS)

    mine = found.by_row if side == 0 else found.by_column
    rest = [sums for key, sums in mine.items() if key not in kept]
    found.cells = gathered(found.cells, place, alone)
    for key in [key for key in mine if key not in kept]:
        del mine[key]
    if rest:
        mine[OTHERS] = reduce(lambda one, other: added(one, other, alone), rest)


def companions(choice: Choice) -> list[Measure]:
    """The columns of the table: the chosen measure first, then those that belong to every statistic."""
    known = (MEASURES[code] for code in COMPANIONS if code != choice.measure.code)
    return [choice.measure, *(one for one in known if choice.with_money or not one.private)]
