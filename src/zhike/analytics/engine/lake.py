"""The columnar lake: facts in Parquet files by range of customer id, sorted, listed in one manifest.

A manifest names the files that are valid; it is replaced by rename after all new files are on the disk.
Whatever fails before that (a full disk, a kill) leaves the old manifest and its files untouched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.files import appearing, write_text
from zhike.analytics.engine.session import Session, identifier

MANIFEST = "MANIFEST.json"
DEFAULT_WIDTH = 50_000

_TYPES = {
    "order_id": "BIGINT",
    "customer_id": "BIGINT",
    "day": "INT",
    "revenue": "BIGINT",
    "returned": "BIGINT",
    "cost": "BIGINT",
    "category_mask": "BIGINT",
    "purchase": "INT",
    "first_of_day": "INT",
    "gap_days": "INT",
}
EMPTY = "SELECT " + ", ".join(f"CAST(NULL AS {t}) AS {name}" for name, t in _TYPES.items()) + " WHERE FALSE"


class Lake:
    """Facts under ``directory``; partition number = customer_id // width."""

    def __init__(self, directory: str | Path, *, width: int = DEFAULT_WIDTH) -> None:
        self.directory = Path(directory).resolve()
        self._width = width

    @property
    def exists(self) -> bool:
        return (self.directory / MANIFEST).exists()

    def write(self, session: Session, facts: str) -> int:
        """Replace the whole lake by the rows of the relation ``facts``; returns the number of rows."""
        self.directory.mkdir(parents=True, exist_ok=True)
        source = identifier(facts)
        generation = self._manifest()["generation"] + 1
        numbers = session.connection.execute(
            f"SELECT DISTINCT customer_id // {self._width} FROM {source} ORDER BY 1"
        ).fetchall()
        files = {}
        for (number,) in numbers:
            where = f"customer_id >= {number * self._width} AND customer_id < {(number + 1) * self._width}"
            files[str(number)] = self._copy(
                session, number, generation, f"SELECT * FROM {source} WHERE {where}"
            )
        return self._commit(generation, self._width, files)

    def rewrite(self, session: Session, customer_ids: Iterable[int], facts: str) -> int:
        """Replace all rows of the given customers by those of the relation ``facts`` (none = erased)."""
        manifest = self._manifest()
        width, generation, files = manifest["width"], manifest["generation"] + 1, dict(manifest["files"])
        groups: dict[int, list[int]] = {}
        for customer in set(customer_ids):
            groups.setdefault(customer // width, []).append(customer)
        for number, customers in groups.items():
            query = self._replaced(files.get(str(number)), sorted(customers), identifier(facts))
            entry = self._copy(session, number, generation, query)
            files[str(number)] = entry
            if not entry["rows"]:
                del files[str(number)]
        return self._commit(generation, width, files)

    def attach(self, engine: Engine, name: str = "facts") -> str:
        """Make the lake readable in the engine as a view; returns the name."""
        paths = [self.directory / entry["file"] for entry in self._manifest()["files"].values()]
        return engine.read_parquet(name, paths) if paths else engine.view(name, EMPTY)

    @property
    def rows(self) -> int:
        return sum(entry["rows"] for entry in self._manifest()["files"].values())

    def _manifest(self) -> dict[str, Any]:
        path = self.directory / MANIFEST
        if not path.exists():
            return {"generation": 0, "width": self._width, "files": {}}
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return data

    def _replaced(self, old: dict[str, Any] | None, customers: list[int], facts: str) -> str:
        ids = ", ".join(str(int(customer)) for customer in customers)
        new = f"SELECT * FROM {facts} WHERE customer_id IN ({ids})"
        if old is None:
            return new
        path = str(self.directory / old["file"]).replace("'", "''")
        return (
            f"SELECT * FROM read_parquet('{path}') WHERE customer_id NOT IN ({ids}) UNION ALL BY NAME {new}"
        )

    def _copy(self, session: Session, number: int, generation: int, query: str) -> dict[str, Any]:
        name = f"facts-{number:08d}-{generation}.parquet"
        with appearing(self.directory / name) as path:
            target = str(path).replace("'", "''")
            counted = session.connection.execute(
                f"COPY ({query} ORDER BY customer_id, day, order_id) TO '{target}' "
                "(FORMAT parquet, COMPRESSION zstd)"
            ).fetchall()
        return {"file": name, "rows": counted[0][0]}

    def _commit(self, generation: int, width: int, files: dict[str, Any]) -> int:
        manifest = {"generation": generation, "width": width, "files": files}
        write_text(self.directory / MANIFEST, json.dumps(manifest))
        self._sweep({entry["file"] for entry in files.values()})
        return sum(entry["rows"] for entry in files.values())

    def _sweep(self, valid: set[str]) -> None:
        for path in self.directory.glob("facts-*.parquet*"):
            if path.name not in valid:
                path.unlink(missing_ok=True)
