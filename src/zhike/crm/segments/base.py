"""The segment base: everything that conditions speak about, published whole, and the reader of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from zhike.analytics.engine import SnapshotReader
from zhike.analytics.engine.dialect import render
from zhike.analytics.engine.snapshot import NoSnapshotError
from zhike.analytics.segments import Catalogue, Definition, Query
from zhike.crm.insight import extract
from zhike.crm.insight.days import day_of
from zhike.crm.segments import fields
from zhike.crm.segments.extracts import LIST_MEMBERS, MEMBERS, list_members_sql, members_sql
from zhike.platform import memo

# Raised whenever the relations of the base change: one of another layout is as good as none.
LAYOUT = 3
THREADS = 2
#: A hash has 256 bits: the remainders by 10,000 of 2^192, 2^128, 2^64 and 1.
_POWERS = tuple(pow(2, 64 * place, 10_000) for place in (3, 2, 1, 0))


def directory() -> Path:
    folder = Path(settings.ZHIKE_HOME) / "segments"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


class BaseReader(SnapshotReader):
    """Reads the current base; a query may bring relations of its own (members, lists, buckets)."""

    def ask(self, text: str, params: Mapping[str, Any], more: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of a DuckDB SELECT; ``more`` are Arrow tables offered under their names."""
        with self._cursor() as cursor:
            for name, table in more.items():
                cursor.register(name, table)
            try:
                return list(cursor.execute(text, dict(params) or None).fetchall())
            finally:
                for name in more:
                    cursor.unregister(name)


def reader() -> BaseReader:
    """The process's reader of the current base."""
    return _reader(str(directory()))


@lru_cache(maxsize=4)
def _reader(folder: str) -> BaseReader:
    return BaseReader(folder, memory_limit="1GB", threads=THREADS)


def meta() -> dict[str, Any] | None:
    """What the base says of itself; None where there is none that this version of the product knows."""
    try:
        found = reader().meta()
    except NoSnapshotError:
        return None
    return found if found["extra"].get("layout") == LAYOUT else None


def available() -> bool:
    return meta() is not None


def as_of() -> date | None:
    """The day as of which the base holds."""
    found = meta()
    return day_of(found["as_of"]) if found else None


def catalogue(user: Any = None) -> Catalogue:
    """What can be offered: everything that has data, and for a person only what the person may see."""
    found = meta()
    return fields.offered(user, set(found["extra"]["known"]) if found else set())


def asked_of() -> Catalogue:
    """The catalogue to ask the base by: everything, tiers counted as they were when it was built."""
    found = meta()
    return fields.with_levels(fields.whole(), found["extra"].get("levels") if found else None)


def asking(
    query: Query, definition: Definition | None = None, *, heads: Mapping[str, str] | None = None
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A compiled query as the base's reader takes it: text, parameters, and the relations it brings along.

    ``heads`` are further relations by name, written in the engine's own dialect.
    """
    brought = relations_of([definition] if definition is not None else [])
    heads = {**buckets_of([definition] if definition is not None else []), **(heads or {})}
    return with_heads(render(query.text), heads), query.params, brought


def with_heads(text: str, heads: Mapping[str, str]) -> str:
    """The text with further relations in front of its own, which are read where they are asked for."""
    if not heads:
        return text
    front = ", ".join(f"{name} AS NOT MATERIALIZED ({body})" for name, body in heads.items())
    if text.startswith("WITH "):
        return f"WITH {front}, {text.removeprefix('WITH ')}"
    return f"WITH {front} {text}"


def relations_of(definitions: Sequence[Definition]) -> dict[str, Any]:
    """Members of other segments and of lists, as they are stored at this moment."""
    segments = sorted({int(one) for d in definitions for one in d.segments if one.isdecimal()})
    lists = sorted({one for d in definitions for one in d.lists})
    found: dict[str, Any] = {}
    # A preview counts, samples and explains the same definition.
    if any(d.segments for d in definitions):
        found |= memo.once(f"members of segments {segments}", lambda: members_of(segments))
    if lists:
        text = list_members_sql(lists)
        found["list_members"] = memo.once(f"members of lists {lists}", lambda: _table(text, LIST_MEMBERS))
    return found


def members_of(segment_ids: Sequence[int]) -> dict[str, Any]:
    """The relation of the open memberships of some segments."""
    return {"members": _table(members_sql(segment_ids), MEMBERS)}


def _table(text: str, schema: Any) -> Any:
    return extract.table(text, schema)


def buckets_of(definitions: Sequence[Definition], people: str = "people") -> dict[str, str]:
    """The relation ``buckets`` of the salts that the definitions name, computed where it is asked."""
    salts = sorted({salt for one in definitions for salt in one.salts})
    if not salts:
        return {}
    return {"buckets": " UNION ALL ".join(bucket_sql(salt, people) for salt in salts)}


def bucket_sql(salt: str, people: str) -> str:
    """Everybody's bucket for one salt, as ``effect.assignment.bucket`` draws it."""
    quoted = "'" + salt.replace("'", "''") + "'"
    parts = " + ".join(
        f"CAST('0x' || substr(h, {1 + 16 * place}, 16) AS UBIGINT) % 10000 * {power}"
        for place, power in enumerate(_POWERS)
    )
    hashed = f"SELECT customer_id, sha256({quoted} || ':' || customer_id) AS h FROM {people}"
    return f"SELECT {quoted} AS salt, customer_id, CAST(({parts}) % 10000 AS INT) AS bucket FROM ({hashed})"
