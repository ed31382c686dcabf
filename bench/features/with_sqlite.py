"""The same job in SQLite, from a loaded table into a table."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import sql_text

from zhike.analytics import Lake

PREPARED: dict[str, sqlite3.Connection] = {}


def prepare(lake: Lake, folder: Path) -> None:
    """Load the facts once per size; not part of the time."""
    path = folder / f"{lake.directory.name}.sqlite"
    fresh = not path.exists()
    store = PREPARED["store"] = sqlite3.connect(path)
    store.execute("PRAGMA cache_size = -1000000")
    if fresh:
        _load(store, lake)
    store.execute("DROP TABLE IF EXISTS result")


def _load(store: sqlite3.Connection, lake: Lake) -> None:
    data = ds.dataset(sorted(str(p) for p in lake.directory.glob("*.parquet")))
    store.execute(f"CREATE TABLE facts ({', '.join(name + ' INTEGER' for name in data.schema.names)})")
    places = ", ".join("?" * len(data.schema.names))
    for batch in data.to_batches():
        columns = [column.to_pylist() for column in batch.columns]
        store.executemany(f"INSERT INTO facts VALUES ({places})", zip(*columns, strict=True))
    store.commit()


def run(lake: Lake, as_of: int, out: Path, memory: str) -> dict[str, Any]:
    store = PREPARED["store"]
    store.execute(f"CREATE TABLE result AS {sql_text.statement(as_of, 'REAL')}")
    return dict(zip(sql_text.FIGURES, store.execute(sql_text.PARETO).fetchone(), strict=True))


def finish(out: Path) -> None:
    """Hand the result over for the comparison; not part of the time."""
    import pandas

    frame = pandas.read_sql("SELECT * FROM result", PREPARED["store"])
    whole = frame.select_dtypes("float").columns.difference(
        ["margin_rate", "return_rate", "average_order", "mean_gap", "gap_spread", "trend"])  # fmt: skip
    frame.astype(dict.fromkeys(whole, "Int64")).to_parquet(out)
