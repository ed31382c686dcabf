"""The snapshot beside the segment base, read as one: predictions, tags, own fields, members of segments.

Both are files that nobody writes any more; each pair is opened once, until either is published anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from zhike.analytics.engine.snapshot import CURRENT
from zhike.crm.insight import extract, places
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.segments import base as segment_base
from zhike.crm.segments import extracts

ATTEMPTS = 3
_lock = threading.Lock()


def known() -> frozenset[str]:
    """Columns with data of the segment base, as ``people.clv``; none while there is no base."""
    found = segment_base.meta()
    return frozenset(found["extra"].get("known", ())) if found else frozenset()


class Paired:
    """Answers like the reader of the snapshot; ``brought`` are Arrow tables offered under their names."""

    def __init__(self, brought: Mapping[str, Any]) -> None:
        self.brought = brought

    def dicts(self, text: str, params: Any = None) -> list[dict[str, Any]]:
        with self._cursor() as cursor:
            found = cursor.execute(text, params)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        cursor = _opened().cursor()
        try:
            cursor.execute("USE analysis")
            for name, table in self.brought.items():
                cursor.register(name, table)
            yield cursor
        finally:
            cursor.close()


def wide(base: Snapshot, segments: tuple[int, ...] = ()) -> Snapshot:
    """The same customers with everything that the segment base knows of them, and these segments' members."""
    brought = {"members": _members(segments)} if segments else {}
    return replace(base, reader=Paired(brought))  # type: ignore[arg-type]


def _opened() -> Any:
    """A connection to the current pair; a publisher may sweep a file away while it is opened."""
    import duckdb

    for _attempt in range(ATTEMPTS - 1):
        with suppress(OSError, duckdb.IOException):
            return _current()
    return _current()


def _current() -> Any:
    folders = (places.snapshot_directory(), segment_base.directory())
    paths = [folder / (folder / CURRENT).read_text(encoding="utf-8").strip() for folder in folders]
    with _lock:
        return _pair(*paths)


@lru_cache(maxsize=1)
def _pair(analysis: Path, extra: Path) -> Any:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "512MB", "threads": 1})
    for name, path in (("analysis", analysis), ("extra", extra)):
        quoted = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
    connection.execute("SET enable_external_access = false")
    return connection


def _members(segments: tuple[int, ...]) -> Any:
    """As they are at this moment: a member may have come or gone since the base was built."""
    with extract.stream(extracts.members_sql(segments), extracts.MEMBERS) as stream:
        return stream.read_all().cast(extracts.MEMBERS)
