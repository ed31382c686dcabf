"""The staging file: a file's rows, parsed, grouped and numbered, from which the chunks are taken.

It is an SQLite file of its own below ZHIKE_HOME, written aside and renamed when complete. A crash before
the rename leaves nothing that counts; after it the file never changes.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhike.analytics.tabular import Problem

RAW = "\x1f"


@dataclass(slots=True)
class StagedRow:
    """One source row: ``values`` by field name in plain JSON types, ``cells`` as the file wrote them."""

    row: int
    group: int
    values: dict[str, Any]
    raw: str
    problems: list[tuple[str, Problem]] = field(default_factory=list)

    @property
    def cells(self) -> list[str]:
        """Rarely asked for, so split only then."""
        return self.raw.split(RAW)


class StagingWriter:
    """Fills the file in batches. Column names come from the field registry, never from the file."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._final, self._part = path, path.with_name(f"{path.name}.{os.getpid()}.part")
        self._part.unlink(missing_ok=True)
        self._names = list(names)
        self._db = sqlite3.connect(self._part, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        columns = "".join(f', "{name}"' for name in self._names)
        self._db.execute(f"CREATE TABLE staged (row INTEGER, grp INTEGER, raw TEXT, bad TEXT{columns})")
        self._db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)")
        self._db.execute("BEGIN")
        self._insert = f"INSERT INTO staged VALUES (?, ?, ?, ?{', ?' * len(self._names)})"

    def add(self, rows: Iterable[tuple]) -> None:
        """Rows as (row number, group, cells, problems or None, *values in the order of the names)."""
        self._db.executemany(
            self._insert,
            [(row[0], row[1], RAW.join(row[2]), _dump(row[3]) if row[3] else None, *row[4:]) for row in rows],
        )

    def finish(self, meta: dict[str, Any]) -> None:
        """Index, commit, and make the file visible under its name in one step."""
        self._db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, json.dumps(v)) for k, v in meta.items()])
        self._db.execute("COMMIT")
        self._db.execute("CREATE INDEX staged_group ON staged (grp, row)")
        self._db.close()
        with self._part.open("rb+") as file:
            os.fsync(file.fileno())
        self._part.replace(self._final)

    def abandon(self) -> None:
        self._db.close()
        self._part.unlink(missing_ok=True)


def _dump(problems: list[tuple[str, Problem]]) -> str:
    return json.dumps(
        [[column, problem.code, dict(problem.values)] for column, problem in problems],
        ensure_ascii=False,
        default=str,
    )


class Staging:
    """A complete staging file, read group by group."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        cursor = self._db.execute("SELECT * FROM staged LIMIT 0")
        self.names = [column[0] for column in cursor.description][4:]
        self.meta = {
            name: json.loads(value) for name, value in self._db.execute("SELECT name, value FROM meta")
        }

    def close(self) -> None:
        self._db.close()

    def groups(self, after: int, count: int) -> list[list[StagedRow]]:
        """The next ``count`` groups beyond ``after``, each with its rows in the file's order."""
        found: dict[int, list[StagedRow]] = {}
        cursor = self._db.execute(
            "SELECT * FROM staged WHERE grp > ? AND grp <= ? ORDER BY grp, row", (after, after + count)
        )
        for record in cursor:
            row = self._row(record)
            found.setdefault(row.group, []).append(row)
        return list(found.values())

    def _row(self, record: tuple) -> StagedRow:
        problems = _load(record[3]) if record[3] else []
        values = dict(zip(self.names, record[4:], strict=True))
        return StagedRow(record[0], record[1], values, record[2], problems)


def _load(text: str) -> list[tuple[str, Problem]]:
    return [(column, Problem(code, values)) for column, code, values in json.loads(text)]
