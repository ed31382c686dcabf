"""A dimension on one snapshot: its SQL with values, its groups in words, in order, and as filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.statistics import months
from zhike.crm.statistics.bands import Bound, spans
from zhike.crm.statistics.dimensions import BAND, TIME, Dimension, is_unknown, name_of
from zhike.crm.statistics.drill import Filters

#: Merged groups beyond those shown; no customer attribute has this key.
OTHERS = "\x00others"
#: Everybody whom the statistic counts at all.
EVERYBODY = "\x00everybody"
#: A chart of months has room for so many years.
TIMES_SHOWN = 120


@dataclass(frozen=True)
class Axis:
    dimension: Dimension
    base: Snapshot
    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)
    bands: tuple[tuple[Bound, Bound], ...] = ()
    join: str = ""

    @property
    def label(self) -> str:
        return str(self.dimension.label)

    @property
    def is_time(self) -> bool:
        return self.dimension.kind == TIME

    @cached_property
    def natural(self) -> dict[Any, int]:
        """The place of every key that has a natural one."""
        if self.bands:
            keys: Any = range(len(self.bands))
        else:
            keys = self.dimension.order(self.base) if self.dimension.order else ()
        return {key: place for place, key in enumerate(keys)}

    @property
    def is_ordered(self) -> bool:
        return self.is_time or bool(self.natural)

    def names(self, keys: list[Any]) -> dict[Any, str]:
        known = [key for key in keys if key != OTHERS]
        if self.bands and self.dimension.bands:
            found = {key: self.dimension.bands.words(*self.bands[key]) for key in known if key is not None}
            unknown = _("unknown")
            return {key: found.get(key, unknown) for key in known} | {OTHERS: _("Others")}
        words = self.dimension.names(self.base, known)
        return {key: name_of(key, words) for key in known} | {OTHERS: self._rest}

    @property
    def _rest(self) -> str:
        return _("Earlier") if self.is_time else _("Others")

    def filters(self, key: Any) -> Filters | None:
        if key == OTHERS:
            return None
        if not self.bands or not self.dimension.bands:
            return self.dimension.drill(key)
        low, high = self.bands[key] if key is not None else (None, None)
        return self.dimension.bands.filters(self.base, low, high)

    def sorted(
        self, keys: list[Any], size: Callable[[Any], float], order: str, names: Mapping[Any, str]
    ) -> list[Any]:
        """By size, by name or in the natural order; what is unknown comes last, merged groups after it."""
        last = {OTHERS: 2}
        if order == "name":
            return sorted(keys, key=lambda key: (last.get(key, is_unknown(key)), names.get(key, "")))
        if order == "natural" or (not order and self.is_ordered):
            place = self._place
            return sorted(keys, key=lambda key: (last.get(key, is_unknown(key)), place(key), -size(key)))
        return sorted(keys, key=lambda key: (last.get(key, is_unknown(key)), -size(key)))

    def _place(self, key: Any) -> float:
        if self.is_time:
            return key if isinstance(key, int) else 0
        return self.natural.get(key, len(self.natural))

    def filled(self, keys: list[Any]) -> list[Any]:
        """Every month between the first and the last, whether somebody came or not."""
        if not self.is_time:
            return keys
        known = [key for key in keys if isinstance(key, int)]
        return [*months.between(known), *(key for key in keys if not isinstance(key, int))]


def axis(base: Snapshot, dimension: Dimension, slot: str, source: str) -> Axis:
    """``slot`` tells the values of two axes apart; ``source`` is the FROM of the customers seen."""
    if dimension.spread:
        join = f"CROSS JOIN UNNEST({dimension.sql}) spread_{slot}(key)"
        return Axis(dimension, base, f"spread_{slot}.key", join=join)
    if dimension.kind != BAND:
        return Axis(dimension, base, dimension.sql)
    bands = dimension.bands
    assert bands is not None
    edges = bands.edges(base, source)
    steps = " ".join(f"WHEN {bands.sql} < ${slot}_{n} THEN {n}" for n in range(len(edges)))
    text = f"CASE WHEN {bands.sql} IS NULL THEN NULL {steps} ELSE {len(edges)} END"
    values = {f"{slot}_{n}": edge for n, edge in enumerate(edges)}
    return Axis(dimension, base, text, values, tuple(spans(edges)))
