"""A consistent copy of the SQLite store, made while it is in use."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection, connections
from django.utils.translation import gettext_lazy as _

from zhike.platform import facts
from zhike.platform.errors import DomainError

COPY = "zhike.sqlite3"


def dump(folder: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Copy the store into the folder with SQLite's online backup; returns rows per table and facts of it."""
    target = folder / COPY
    with closing(sqlite3.connect(_path())) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    return _checked_counts(target), read_facts(target)


def read_facts(path: Path | None = None) -> dict[str, str]:
    """The facts of a store file, by default of the installation's own."""
    with closing(sqlite3.connect(path or _path())) as store:
        return facts.read(lambda sql: store.execute(sql).fetchone()[0])


def problems() -> list[str]:
    """What the store itself finds wrong with its pages and references."""
    with closing(sqlite3.connect(_path())) as store:
        pages = [row[0] for row in store.execute("PRAGMA integrity_check") if row[0] != "ok"]
        broken = {row[0] for row in store.execute("PRAGMA foreign_key_check")}
    return pages + [f"{table}: foreign key" for table in sorted(broken)]


def load(folder: Path, expected: dict[str, int]) -> dict[str, int]:
    """Put the copy in the store's place; the old store stays until the new one is checked."""
    fresh = folder / COPY
    counts = _checked_counts(fresh)
    if counts != expected:
        raise DomainError(_("The backup is damaged: the number of rows differs."), code="damaged")
    connections.close_all()
    target = Path(_path())
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    os.replace(fresh, target)
    return counts


def _path() -> str:
    return str(connection.settings_dict["NAME"])


def _checked_counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as store:
        if store.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise DomainError(_("The copy of the store is damaged."), code="damaged")
        names = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        plain = [name for name in names if not name.startswith("sqlite_")]
        # The name comes from the store's own catalogue and is quoted as an identifier.
        return {
            name: store.execute('SELECT COUNT(*) FROM "{}"'.format(name.replace('"', '""'))).fetchone()[0]
            for name in sorted(plain)
        }
