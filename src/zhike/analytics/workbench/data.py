"""The table that a recipe works on: one row per customer, columns of numbers and of categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
NUMBER, CATEGORY = "number", "category"
#: What the levels beyond the most frequent ones are put together as.
OTHER = "__other__"


@dataclass(frozen=True)
class Variable:
    """``kind`` number or category; ``unit`` as in the feature catalogue (money is in whole currency here)."""

    name: str
    kind: str = NUMBER
    unit: str = ""
    #: The levels in their own order where they have one; else by frequency.
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coded:
    """A category as numbers: ``codes`` index ``levels``, -1 is unknown."""

    codes: Integers
    levels: list[str]


class Data:
    """Columns by name, each with its variable; ``order`` (days) lets a test keep the newest rows apart."""

    def __init__(
        self,
        variables: Sequence[Variable],
        columns: Mapping[str, Any],
        *,
        order: Any = None,
    ) -> None:
        self.variables = {variable.name: variable for variable in variables}
        self.columns = columns
        self.order = None if order is None else np.asarray(order, dtype=np.float64)
        self.rows = len(next(iter(columns.values()))) if columns else 0

    def is_number(self, name: str) -> bool:
        return self.variables[name].kind == NUMBER

    def number(self, name: str) -> Floats:
        """The values as doubles, NaN where unknown, shape (n,)."""
        return np.asarray(self.columns[name], dtype=np.float64)

    def frame(self, names: Sequence[str]) -> dict[str, Floats]:
        return {name: self.number(name) for name in names}

    def coded(self, name: str, *, most: int = 0) -> Coded:
        """A category with its levels; beyond ``most`` the rarer ones are put together."""
        texts = np.array(
            [None if v is None or v == "" or v != v else str(v) for v in self.columns[name]], object
        )
        known = np.array([text is not None for text in texts], dtype=np.bool_)
        levels, places = np.unique(texts[known].astype(str), return_inverse=True)
        counts = np.bincount(places, minlength=len(levels))
        order = self._order(name, levels, counts)
        rank = np.empty(len(levels), dtype=np.int64)
        rank[order] = np.arange(len(levels))
        names = [str(levels[i]) for i in order]
        codes = np.full(len(texts), -1, dtype=np.int64)
        codes[known] = rank[places] if len(levels) else places
        return _cut(Coded(codes, names), most)

    def _order(self, name: str, levels: Any, counts: Any) -> Any:
        own = {level: place for place, level in enumerate(self.variables[name].levels)}
        if own:
            return np.array(
                sorted(range(len(levels)), key=lambda i: (own.get(levels[i], 10**6), levels[i])), int
            )
        return np.lexsort((levels, -counts)) if len(levels) else np.array([], dtype=int)

    def complete(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Rows where all of the variables are known."""
        found = np.ones(self.rows, dtype=bool)
        for name in names:
            found &= np.isfinite(self.number(name)) if self.is_number(name) else self.coded(name).codes >= 0
        return found


def _cut(coded: Coded, most: int) -> Coded:
    if not most or len(coded.levels) <= most:
        return coded
    counts = np.bincount(coded.codes[coded.codes >= 0], minlength=len(coded.levels))
    kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
    place = np.full(len(coded.levels) + 1, most - 1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    place[-1] = -1
    return Coded(place[coded.codes], [*(coded.levels[i] for i in kept), OTHER])
