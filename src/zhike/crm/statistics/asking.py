"""The question itself: sums of the groups of one or two dimensions, in one query each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.statistics.axes import OTHERS, Axis, axis
from zhike.crm.statistics.choice import NOW, Choice
from zhike.crm.statistics.dimensions import SECTIONS, Dimension
from zhike.crm.statistics.measures import ALWAYS, Part, Sums, added

Key = tuple[Any, Any]
#: Groups that are looked at together where they are merged: an axis and the keys that stand for themselves.
Beyond = tuple[Axis, Sequence[Any]]

#: Categories are bits of a mask; of the few masks that occur each is taken apart once.
_HELD = (
    "COALESCE(NULLIF(list_filter(range(63), lambda bit: (w.mask >> bit) & 1 = 1), []), [NULL]) AS held "
    "FROM (SELECT DISTINCT COALESCE(category_mask, 0) AS mask FROM customers) w"
)
JOINS = {
    "costs": "LEFT JOIN costed k ON k.customer_id = c.customer_id",
    "period": (
        "LEFT JOIN periods p ON p.customer_id = c.customer_id AND p.period = $period AND p.back = $back"
    ),
    "people": "LEFT JOIN extra.people x ON x.customer_id = c.customer_id",
    # Of those who asked not to be profiled the base knows nothing: "not filled in" would be wrong.
    "own": "JOIN extra.people x ON x.customer_id = c.customer_id",
    "sections": f"LEFT JOIN {SECTIONS} ON g.code = c.industry",
    "inside": "LEFT JOIN inside i ON i.customer_id = c.customer_id",
    "segments": "JOIN members s ON s.customer_id = c.customer_id",
    "categories": f"JOIN (SELECT w.mask, {_HELD}) q ON q.mask = COALESCE(c.category_mask, 0)",
}


def joined(names: Iterable[str]) -> str:
    """The tables beside the customers; ``own`` brings what ``people`` does."""
    known = dict.fromkeys(names)
    if "own" in known:
        known.pop("people", None)
    return " ".join(JOINS[name] for name in known)


def axis_of(base: Snapshot, dimension: Dimension, slot: str) -> Axis:
    source = f"FROM customers c {joined(dimension.joins)} WHERE {{scope}} AND c.frequency > 0"
    return axis(base, dimension, slot, source)


def outside(one: Axis, kept: Sequence[Any], name: str) -> tuple[str, dict[str, Any]]:
    """The customers of no group that stands for itself."""
    text = f"COALESCE({one.sql} NOT IN (SELECT UNNEST(${name})), {'FALSE' if None in kept else 'TRUE'})"
    return text, {name: [key for key in kept if key is not None]}


def gathered(
    cells: dict[Key, Sums], key_of: Callable[[Key], Key], alone: frozenset[str] = frozenset()
) -> dict[Key, Sums]:
    found: dict[Key, Sums] = {}
    for key, sums in cells.items():
        place = key_of(key)
        found[place] = added(found[place], sums, alone) if place in found else sums
    return found


@dataclass
class Question:
    """``back``: the period itself, or which one before it."""

    base: Snapshot
    choice: Choice
    first: Axis
    second: Axis | None
    back: int = NOW

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        return tuple(dict.fromkeys((*ALWAYS, *self.choice.measure.parts)))

    @cached_property
    def alone(self) -> frozenset[str]:
        """Sums that no two groups can be added up to."""
        return frozenset(part.name for part in self.parts if not part.adds)

    @property
    def adds_up(self) -> bool:
        several = self.choice.by.several or bool(self.choice.second and self.choice.second.several)
        return not several and not self.alone

    @property
    def leaves_out(self) -> bool:
        """Whether customers are not counted at all because the base knows nothing of them."""
        return any("own" in one.dimension.joins for one in (self.first, self.second) if one)

    @cached_property
    def period(self) -> int | None:
        return self.choice.days(self.base)

    def along(self, cells: dict[Key, Sums], side: int) -> dict[Key, Sums]:
        if self.second is None:
            return cells
        if not self.adds_up:
            return self(side == 0, side == 1)
        return gathered(cells, lambda key: (key[0], None) if side == 0 else (None, key[1]))

    def total(self, cells: dict[Key, Sums]) -> Sums:
        if not self.adds_up:
            return self(False, False).get((None, None), {})
        return reduce(added, cells.values(), {})

    def __call__(self, by_first: bool, by_second: bool, beyond: Sequence[Beyond] = ()) -> dict[Key, Sums]:
        axes = [self.first if by_first else None, self.second if by_second else None]
        keys = ", ".join(
            f"{one.sql if one else 'NULL'} AS {name}" for one, name in zip(axes, "ab", strict=True)
        )
        used = list(
            dict.fromkeys(one.dimension.code for one in [*filter(None, axes), *(b[0] for b in beyond)])
        )
        across = [one for one in (self.first, self.second) if one and one.dimension.code in used]
        limits = [outside(one, kept, f"kept_{n}") for n, (one, kept) in enumerate(beyond)]
        where = " AND ".join(["{scope}", "c.frequency > 0", *(text for text, _values in limits)])
        values = {name: value for _text, given in limits for name, value in given.items()}
        rows = self.base.rows(
            f"SELECT {keys}, {self._sums()} FROM customers c {self._joins(across)} "
            f"WHERE {where} GROUP BY 1, 2",
            **self._values(across),
            **values,
        )
        return {(row.pop("a"), row.pop("b")): row for row in rows}

    def _sums(self) -> str:
        ever = self.period is None
        return ", ".join(f"{part.ever if ever else part.dated} AS {part.name}" for part in self.parts)

    def _joins(self, axes: Iterable[Axis]) -> str:
        in_period = self.period is not None
        needs = (part.needs for part in self.parts)
        names = [name for name in needs if name and not (in_period and name == "costs")]
        names += [name for one in axes for name in one.dimension.joins]
        if self.leaves_out:
            names.append("own")
        if in_period:
            names.append("period")
        return " ".join([joined(names), *(one.join for one in axes)])

    def _values(self, axes: list[Axis]) -> dict[str, Any]:
        found: dict[str, Any] = {name: value for one in axes for name, value in one.values.items()}
        if self.period is not None:
            found |= {"period": self.period, "back": self.back}
        if any(part.name == "top" for part in self.parts):
            found["top"] = self.base.top_tier
        return found


def ids_of(ask: Question, side: str, key: Any, kept: Sequence[Any]) -> list[int]:
    """The customers of a group by their numbers; of an earlier period those who ordered in it."""
    one = ask.first if side == "row" else ask.second
    assert one is not None
    values: dict[str, Any] = dict(one.values)
    if key == OTHERS:
        text, more = outside(one, kept, "kept")
    else:
        text, more = f"{one.sql} IS NOT DISTINCT FROM $key", {"key": key}
    values |= more
    joins = list(one.dimension.joins)
    if ask.back != NOW:
        joins.append("period")
        text = f"{text} AND p.orders > 0"
        values |= {"period": ask.period, "back": ask.back}
    row = ask.base.row(
        f"SELECT LIST(DISTINCT c.customer_id) AS ids FROM customers c {joined(joins)} "
        f"{one.join} WHERE {{scope}} AND c.frequency > 0 AND {text}",
        **values,
    )
    return row["ids"] or []
