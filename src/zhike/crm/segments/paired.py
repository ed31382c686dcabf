"""The analysis' snapshot beside the segment base, read as one.

Both are files that nobody writes any more; each pair is opened once, until either is published anew. In a
query the snapshot's tables have their plain names, those of the base (predictions, tags, own fields) stand
under ``extra``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from zhike.analytics.engine import Reader
from zhike.analytics.engine.snapshot import CURRENT
from zhike.crm.insight import places
from zhike.crm.segments import base

ATTEMPTS = 3
THREADS = 2
_lock = threading.Lock()


def known() -> frozenset[str]:
    """Columns with data of the segment base, as ``people.clv``; none while there is no base."""
    found = base.meta()
    return frozenset(found["extra"].get("known", ())) if found else frozenset()


class Paired(Reader):
    """Answers from both; ``brought`` are Arrow tables offered under their names."""

    def __init__(self, brought: Mapping[str, Any] | None = None) -> None:
        self.brought = brought or {}

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


def _opened() -> Any:
    """A connection to the current pair; a publisher may sweep a file away while it is opened."""
    import duckdb

    for _attempt in range(ATTEMPTS - 1):
        with suppress(OSError, duckdb.IOException):
            return _current()
    return _current()


def _current() -> Any:
    with _lock:
        return _pair(*files())


def files() -> tuple[Path, ...]:
    """The published files of this moment: the snapshot, and the base where there is one."""
    folders = [places.snapshot_directory(), *([base.directory()] if base.available() else [])]
    return tuple(folder / (folder / CURRENT).read_text(encoding="utf-8").strip() for folder in folders)


@lru_cache(maxsize=1)
def _pair(analysis: Path, extra: Path | None = None) -> Any:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "768MB", "threads": THREADS})
    for name, path in (("analysis", analysis), ("extra", extra)):
        if path is not None:
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
    connection.execute("SET enable_external_access = false")
    return connection
