"""Published results: immutable DuckDB files and a pointer, so that readers never see half a result.

A DuckDB file that one process writes cannot be opened by another, so a published file is never written
again: the next result is a new file, and ``CURRENT`` (replaced by rename) says which one counts.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhike.analytics.engine.files import appearing, discard, write_text
from zhike.analytics.engine.session import Session, identifier

CURRENT = "CURRENT"
KEEP = 3


class NoSnapshotError(LookupError):
    """Nothing has been published yet."""


@dataclass(frozen=True)
class SnapshotInfo:
    """What a snapshot says about itself."""

    version: str
    as_of: int
    rows: int
    path: Path


def publish(
    directory: str | Path,
    session: Session,
    tables: Mapping[str, str],
    *,
    version: str,
    as_of: int,
    keep: int = KEEP,
    extra: Mapping[str, Any] | None = None,
) -> SnapshotInfo:
    """Write relations of the session (``{name in snapshot: relation}``) as the new current snapshot.

    ``rows`` in the meta table is the row count of the first table. The session must allow ``directory``.
    """
    home = Path(directory).resolve()
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"snap_{_next_number(home)}.duckdb"
    with appearing(path) as temporary:
        rows = _fill(session, temporary, tables, version, as_of, extra or {})
    write_text(home / CURRENT, path.name)
    _sweep(home, keep)
    return SnapshotInfo(version, as_of, rows, path)


def _fill(
    session: Session,
    path: Path,
    tables: Mapping[str, str],
    version: str,
    as_of: int,
    extra: Mapping[str, Any],
) -> int:
    run = session.connection.execute
    run(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS publishing")
    try:
        counts = []
        for name, source in tables.items():
            run(f"CREATE TABLE publishing.{identifier(name)} AS SELECT * FROM {identifier(source)}")
            counts.append(run(f"SELECT COUNT(*) FROM publishing.{identifier(name)}").fetchall()[0][0])
        rows = counts[0] if counts else 0
        run(
            "CREATE TABLE publishing.meta AS SELECT $version AS version, CAST($as_of AS INTEGER) AS as_of, "
            "CAST($rows AS BIGINT) AS row_count, $extra AS extra",
            {"version": version, "as_of": as_of, "rows": rows, "extra": json.dumps(dict(extra))},
        )
        run("CHECKPOINT publishing")
        return int(rows)
    finally:
        with suppress(Exception):
            run("DETACH publishing")


def _number(path: Path) -> int:
    digits = path.name.removeprefix("snap_").split(".")[0]
    return int(digits) if digits.isdigit() else 0


def _next_number(home: Path) -> int:
    return max((_number(path) for path in home.glob("snap_*.duckdb*")), default=0) + 1


def _sweep(home: Path, keep: int) -> None:
    current = (home / CURRENT).read_text(encoding="utf-8").strip()
    files = sorted(home.glob("snap_*.duckdb"), key=_number, reverse=True)
    for path in files[keep:]:
        if path.name != current:
            discard(path)


class _Handle:
    """One opened snapshot and the number of queries that still use it."""

    def __init__(self, path: Path, memory_limit: str, threads: int) -> None:
        import duckdb

        self.name = path.name
        self.users = 0
        self.retired = False
        self.connection = duckdb.connect(
            str(path),
            read_only=True,
            config={"memory_limit": memory_limit, "threads": threads, "enable_external_access": "false"},
        )


class Reader(ABC):
    """Answers a DuckDB SELECT over published tables; where they lie is the business of ``_cursor``.

    ``params`` fills ``?`` or ``$name``.
    """

    @abstractmethod
    def _cursor(self) -> AbstractContextManager[Any]: ...

    def query(self, text: str, params: Any = None) -> list[tuple[Any, ...]]:
        """Rows as tuples."""
        with self._cursor() as cursor:
            return list(cursor.execute(text, params).fetchall())

    def dicts(self, text: str, params: Any = None) -> list[dict[str, Any]]:
        """Rows as dictionaries by column name."""
        with self._cursor() as cursor:
            found = cursor.execute(text, params)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def arrow(self, text: str, params: Any = None) -> Any:
        """The result as an Arrow table, in the order asked for."""
        with self._cursor() as cursor:
            return cursor.sql(text, params=params).to_arrow_table()

    def meta(self) -> dict[str, Any]:
        """version, as_of (day number), row_count and extra (dictionary) of the current snapshot."""
        found = self.dicts("SELECT version, as_of, row_count, extra FROM meta")[0]
        return {**found, "extra": json.loads(found["extra"])}


class SnapshotReader(Reader):
    """Reads the current snapshot from any number of threads; one per process is enough.

    Every query looks at ``CURRENT`` first. When it changed, the new file is opened and the old one is
    closed as soon as the last query on it ended.
    """

    def __init__(self, directory: str | Path, *, memory_limit: str = "512MB", threads: int = 1) -> None:
        self.directory = Path(directory).resolve()
        self._memory_limit = memory_limit
        self._threads = threads
        self._lock = threading.Lock()
        self._handle: _Handle | None = None

    @property
    def available(self) -> bool:
        return (self.directory / CURRENT).exists()

    def close(self) -> None:
        with self._lock:
            if self._handle:
                self._retire(self._handle)
            self._handle = None

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        handle = self._acquire()
        try:
            cursor = handle.connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        finally:
            self._release(handle)

    def _acquire(self) -> _Handle:
        with self._lock:
            name = self._current()
            if self._handle is None or self._handle.name != name:
                fresh = self._open(name)
                if self._handle:
                    self._retire(self._handle)
                self._handle = fresh
            self._handle.users += 1
            return self._handle

    def _current(self) -> str:
        try:
            return (self.directory / CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise NoSnapshotError("no analysis has been published yet") from None

    def _open(self, name: str) -> _Handle:
        """Open the named file; a publisher may have moved on meanwhile, then take the newer one."""
        for _attempt in range(5):
            with suppress(Exception):
                return _Handle(self.directory / name, self._memory_limit, self._threads)
            name = self._current()
        return _Handle(self.directory / name, self._memory_limit, self._threads)

    def _release(self, handle: _Handle) -> None:
        with self._lock:
            handle.users -= 1
            if handle.retired and handle.users == 0:
                handle.connection.close()

    def _retire(self, handle: _Handle) -> None:
        handle.retired = True
        if handle.users == 0:
            handle.connection.close()
