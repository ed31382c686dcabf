"""Where live figures come from: the published snapshot in a person's row scope, with the members of segments.

The snapshot knows every customer's tier, history of tiers, months and periods; who is in which segment is
read from the store at this moment and offered beside it for one query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa

from zhike.analytics.engine import SnapshotReader
from zhike.crm.insight import extract, places
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.watching.groups import Group

_MEMBERS = pa.schema([("ref", pa.int64()), ("customer_id", pa.int64())])
_STAGES = pa.schema(
    [("ref", pa.string()), ("customer_id", pa.int64()), ("start", pa.int64()), ("finish", pa.int64())]
)
_PREDICTED = pa.schema(
    [("customer_id", pa.int64())]
    + [(name, pa.float64()) for name in ("p_active", "churn_probability", "clv", "value_at_risk")]
)


class Reader(SnapshotReader):
    """A snapshot's reader whose queries may bring relations of their own."""

    def ask(self, text: str, params: Any, more: Mapping[str, pa.Table]) -> pa.Table:
        with self._cursor() as cursor:
            for name, table in more.items():
                cursor.register(name, table)
            try:
                return cursor.sql(text, params=params or None).to_arrow_table()
            finally:
                for name in more:
                    cursor.unregister(name)


def reader() -> Reader:
    """The process's reader of the analysis' snapshot."""
    return _reader(str(places.snapshot_directory()))


@lru_cache(maxsize=4)
def _reader(directory: str) -> Reader:
    return Reader(directory)


@dataclass(frozen=True)
class Source:
    """The snapshot of one person with the relations that the groups need."""

    base: Snapshot
    more: dict[str, pa.Table] = field(default_factory=dict)

    def arrow(self, text: str, **values: Any) -> pa.Table:
        """The answer to a text of the program's own; ``{scope}`` is the person's row scope over ``c``."""
        return reader().ask(text.format(scope=self.base.scope), {**self.base.values, **values}, self.more)

    def rows(self, text: str, **values: Any) -> list[dict[str, Any]]:
        return list(self.arrow(text, **values).to_pylist())


def source_of(base: Snapshot, groups: Iterable[Group], *, predictions: bool = False) -> Source:
    """With who is in the segments among ``groups`` at this moment."""
    more = {"members": members([group.ref for group in groups if not group.is_tier])}
    if predictions:
        more["predicted"] = _predicted()
    return Source(base, more)


def members(segment_ids: Iterable[int]) -> pa.Table:
    """``members(ref, customer_id)`` of segments, as they are stored now."""
    text = (
        "SELECT m.segment_id AS ref, m.customer_id AS customer_id FROM segments_membership m "
        f"WHERE m.left_at IS NULL AND m.segment_id IN ({_ids(segment_ids)})"
    )
    return _table(text, _MEMBERS)


def stages(first: int, last: int) -> pa.Table:
    """``history`` of lifecycle stages, of the spans that reach into the days from ``first`` to ``last``."""
    start, finish = extract.day_sql("h.valid_from"), extract.day_sql("h.valid_to")
    text = (
        f"SELECT h.lifecycle AS ref, h.customer_id AS customer_id, {start} AS start, {finish} AS finish "
        f"FROM insight_stagehistory h WHERE {start} <= {int(last)} "
        f"AND (h.valid_to IS NULL OR {finish} > {int(first)})"
    )
    return _table(text, _STAGES)


def _predicted() -> pa.Table:
    text = (
        "SELECT p.customer_id AS customer_id, p.p_active AS p_active, "
        "p.churn_probability AS churn_probability, p.clv AS clv, p.value_at_risk AS value_at_risk "
        "FROM prediction_customerprediction p"
    )
    return _table(text, _PREDICTED)


def _ids(ids: Iterable[int]) -> str:
    return ", ".join(str(int(one)) for one in ids) or "NULL"


def _table(text: str, schema: pa.Schema) -> pa.Table:
    with extract.stream(text, schema) as stream:
        return _cast(stream.read_all(), schema)


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """SQLite tells no type for a column without values, and decimals travel as text on PostgreSQL."""
    columns = [
        table[field.name].cast(pa.string()).cast(field.type)
        if pa.types.is_floating(field.type) and not pa.types.is_null(table[field.name].type)
        else table[field.name].cast(field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
