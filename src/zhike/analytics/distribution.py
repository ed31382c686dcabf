"""A column as distinct values with their counts: what cut-points are made from.

Everything that is fitted looks at ``(value, number of customers)`` pairs, so equal customers can never be
separated, and ten million customers fit into a few arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.session import identifier

BASE = "profiled AND frequency > 0"


@dataclass(frozen=True)
class Distribution:
    """Distinct values in ascending order and how many customers have each (unknown values left out)."""

    values: Any
    counts: Any

    @classmethod
    def of(cls, session: Engine, relation: str, column: str, where: str = BASE) -> Distribution:
        """Read a column of the session; ``where`` is a constant of the program, never a person's text."""
        name = identifier(column)
        known = f"{where} AND {name} IS NOT NULL"
        table = session.sql(
            f"SELECT {name} AS v, COUNT(*) AS n FROM {identifier(relation)} WHERE {known} GROUP BY {name}"
        )
        return cls.from_arrays(table["v"].to_numpy(), table["n"].to_numpy())

    @classmethod
    def from_arrays(cls, values: Any, counts: Any | None = None) -> Distribution:
        """From values (with their counts, or one each)."""
        values = np.asarray(values)
        if counts is None:
            values, counts = np.unique(values, return_counts=True)
        order = np.argsort(values, kind="stable")
        return cls(values[order], np.asarray(counts, dtype=np.int64)[order])

    @property
    def size(self) -> int:
        """Number of customers."""
        return int(self.counts.sum())

    @property
    def constant(self) -> bool:
        """Nothing to tell customers apart by."""
        return len(self.values) < 2

    def below(self) -> Any:
        """Number of customers with a strictly lower value, per distinct value."""
        return np.cumsum(self.counts) - self.counts

    def above(self) -> Any:
        """Number of customers with a strictly higher value, per distinct value."""
        return self.size - np.cumsum(self.counts)

    def quantile(self, share: float) -> float:
        """The smallest value that at least ``share`` of the customers do not exceed."""
        place = int(np.searchsorted(np.cumsum(self.counts), share * self.size, side="left"))
        return float(self.values[min(place, len(self.values) - 1)])
