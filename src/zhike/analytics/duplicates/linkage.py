"""Which records of one frame are the same person or company: blocking, comparing, weighing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from zhike.analytics.duplicates import weights as weighing
from zhike.analytics.duplicates.blocking import candidates_sql, rules_for
from zhike.analytics.duplicates.evidence import LISTS, Comparison, comparisons_for
from zhike.analytics.duplicates.prepare import prepared
from zhike.analytics.engine import Session

Kind = Literal["person", "company"]
SAMPLE = 300_000
PROPOSED = 0.5
#: A base of ten says nothing about how rare a value is among all the customers there could be.
SMALLEST_BASE = 20_000


@dataclass(frozen=True)
class Link:
    """A pair that is probably one: ``evidence`` has the level reached per comparison (-1: not known)."""

    left: Any
    right: Any
    probability: float
    evidence: dict[str, int]


def find_duplicates(frame: Any, kind: Kind = "person", *, threshold: float = PROPOSED) -> pa.Table:
    """Pairs ``left``, ``right``, ``probability`` of records that are probably one, most probable first.

    ``frame`` is a data frame, an Arrow table or a mapping of columns; ``left`` and ``right`` are values of
    its column ``id`` (or row numbers without one), the smaller one first. Columns are taken by name: ``name``
    or ``given_name`` and ``surname``, ``phone``, ``email`` (also lists), ``birthday``, ``address``, ``city``,
    ``postcode`` …; whatever is missing tells nothing.

    Fellegi, Sunter: A theory for record linkage, JASA 64 (1969). Weights of rare values after Winkler (1989).
    """
    links = find_links(frame, kind, threshold=threshold)
    return pa.table(
        {
            "left": pa.array([link.left for link in links]),
            "right": pa.array([link.right for link in links]),
            "probability": pa.array([link.probability for link in links], pa.float64()),
        }
    )


def find_links(
    frame: Any, kind: Kind = "person", *, threshold: float = PROPOSED, among: int | None = None
) -> list[Link]:
    """The same with what speaks for each pair. ``among``: the size of the base that the frame is part of.

    Raises ValueError for another ``kind``.
    """
    if kind not in ("person", "company"):
        raise ValueError(f"kind is person or company, not {kind!r}")
    table, ids = prepared(frame, kind)
    comparisons = comparisons_for(kind, set(table.column_names))
    if table.num_rows < 2 or not comparisons:
        return []
    with Session() as session:
        session.load("records", table)
        return _Linkage(session, kind, comparisons, ids, among or table.num_rows).links(threshold)


class _Linkage:
    def __init__(
        self, session: Session, kind: Kind, comparisons: list[Comparison], ids: list[Any], base: int
    ) -> None:
        self.session, self.comparisons, self.ids, self.base = session, comparisons, ids, base
        self.rules = rules_for(kind, set(session.columns("records")))

    def links(self, threshold: float) -> list[Link]:
        if not self.rules:
            return []
        pairs = self._compare(candidates_sql(self.rules))
        if not pairs.num_rows:
            return []
        levels = self._levels(pairs)
        weights = weighing.starting(self.comparisons, self.base)
        if weighing.SMALLEST_SAMPLED <= self.base == len(self.ids):
            weighing.observe_unrelated(weights, self._unrelated())
        rarity = self._rarity(pairs, levels, weights)
        chance = weighing.estimate(weights, levels, rarity, self.base)
        return self._told(pairs, levels, chance, threshold)

    def _compare(self, candidates: str) -> pa.Table:
        """Levels of each pair, and how often its agreeing value occurs."""
        self._count_values()
        columns = [f"CAST({c.sql()} AS TINYINT) AS level_{c.name}" for c in self.comparisons]
        columns += [self._count_sql(c) for c in self.comparisons if c.frequency]
        text = (
            f"SELECT c.l AS left_row, c.r AS right_row, {', '.join(columns)} FROM ({candidates}) c "
            "JOIN records l ON l.row = c.l JOIN records r ON r.row = c.r"
        )
        return self.session.connection.execute(text).to_arrow_table()

    def _count_values(self) -> None:
        """Beside each column whose values differ in rarity: how many records have the value."""
        run = self.session.connection.execute
        for comparison in self.comparisons:
            name = comparison.frequency
            if not name:
                continue
            if name in LISTS:
                run(
                    f"CREATE TABLE counts_{name} AS SELECT row, min(n) AS n FROM (SELECT row, "
                    f"count(*) OVER (PARTITION BY value) AS n FROM (SELECT row, unnest({name}) AS value "
                    "FROM records)) GROUP BY row"
                )
                run(
                    f"CREATE OR REPLACE TABLE records AS SELECT r.*, c.n AS n_{name} FROM records r "
                    f"LEFT JOIN counts_{name} c USING (row)"
                )
            else:
                run(
                    f"CREATE OR REPLACE TABLE records AS SELECT *, count({name}) OVER (PARTITION BY {name}) "
                    f"AS n_{name} FROM records"
                )

    def _count_sql(self, comparison: Comparison) -> str:
        name = comparison.frequency
        return f"CAST(greatest(l.n_{name}, r.n_{name}) AS DOUBLE) AS count_{comparison.name}"

    def _levels(self, pairs: pa.Table) -> weighing.Levels:
        columns = [pairs[f"level_{c.name}"].to_numpy() for c in self.comparisons]
        return np.stack(columns, axis=1).astype(np.int8)

    def _unrelated(self) -> weighing.Levels:
        count = len(self.ids)
        rng = np.random.default_rng(7)
        size = min(SAMPLE, count * 20)
        left, right = rng.integers(0, count, size), rng.integers(0, count, size)
        kept = left != right
        drawn = pa.table({"l": pa.array(left[kept], pa.int32()), "r": pa.array(right[kept], pa.int32())})
        self.session.load("drawn", drawn)
        columns = [f"CAST({c.sql()} AS TINYINT) AS level_{c.name}" for c in self.comparisons]
        text = (
            f"SELECT {', '.join(columns)} FROM drawn c JOIN records l ON l.row = c.l "
            "JOIN records r ON r.row = c.r"
        )
        return self._levels(self.session.connection.execute(text).to_arrow_table())

    def _rarity(self, pairs: pa.Table, levels: weighing.Levels, weights: weighing.Weights) -> weighing.Floats:
        """What the agreeing value's own frequency adds to the weight of full agreement.

        The two records themselves are no coincidence, so they are not counted.
        """
        rarity = np.zeros((len(levels), len(self.comparisons)))
        for place, comparison in enumerate(self.comparisons):
            if not comparison.frequency:
                continue
            best = len(comparison.levels)
            counts = pairs[f"count_{comparison.name}"].to_numpy(zero_copy_only=False)
            others = np.maximum(np.nan_to_num(counts, nan=2.0) - 2, 0) / max(self.base, SMALLEST_BASE)
            believed = comparison.levels[0].u
            chance = np.maximum(others, believed)
            usual = np.log(weights.u[place][best])
            rarity[:, place] = np.where(levels[:, place] == best, usual - np.log(chance), 0.0)
        return rarity

    def _told(
        self, pairs: pa.Table, levels: weighing.Levels, chance: weighing.Floats, threshold: float
    ) -> list[Link]:
        chosen = np.flatnonzero(chance >= threshold)
        chosen = chosen[np.argsort(-chance[chosen], kind="stable")]
        left = pairs["left_row"].to_numpy()
        right = pairs["right_row"].to_numpy()
        names = [c.name for c in self.comparisons]
        links = []
        for place in chosen:
            one, other = sorted((self.ids[left[place]], self.ids[right[place]]))
            found = dict(zip(names, (int(level) for level in levels[place]), strict=True))
            links.append(Link(one, other, float(chance[place]), found))
        return links
