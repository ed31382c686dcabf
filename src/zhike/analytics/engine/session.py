"""A DuckDB session with bounded threads, memory and temporary space, and no way out to the network."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from zhike.analytics.engine.dialect import render

if TYPE_CHECKING:
    import pyarrow as pa

    from zhike.analytics.engine.contract import Scoring

DEFAULT_MEMORY = "1GB"

# The recommended way (a relation) plans every statement twice, which costs more than the copy it saves.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")


class Session:
    """``with Session() as session: session.sql("SELECT …")``.

    Texts are written in the portable subset of ``engine.dialect`` and rendered for DuckDB. Only files
    below ``directories`` (and ``temp_dir``) can be read or written. Imports duckdb when first used.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        memory_limit: str = DEFAULT_MEMORY,
        temp_dir: str | Path | None = None,
        directories: Iterable[str | Path] = (),
    ) -> None:
        import duckdb

        self.connection = duckdb.connect(":memory:")
        self._configure(threads or min(4, os.cpu_count() or 1), memory_limit, temp_dir, directories)

    def _configure(
        self, threads: int, memory_limit: str, temp_dir: str | Path | None, directories: Iterable[str | Path]
    ) -> None:
        allowed = [str(Path(d).resolve()) for d in (*directories, *([temp_dir] if temp_dir else []))]
        run = self.connection.execute
        run("SET TimeZone = 'UTC'")
        run(f"SET threads = {int(threads)}")
        run("SET memory_limit = $limit", {"limit": memory_limit})
        run("SET preserve_insertion_order = false")
        run("SET temp_directory = $dir", {"dir": str(Path(temp_dir).resolve()) if temp_dir else ""})
        run("SET allowed_directories = $dirs", {"dirs": allowed})
        run("SET autoinstall_known_extensions = false")
        run("SET autoload_known_extensions = false")
        run("SET enable_external_access = false")
        run("SET lock_configuration = true")

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def sql(self, text: str, **named: Any) -> Any:
        """Run a portable SELECT and return an Arrow table; ``:name`` places are filled from ``named``."""
        if "ORDER BY" in text:
            # A relation keeps the order; a DB-API result of several chunks may lose it.
            return self.connection.sql(render(text), params=named or None).to_arrow_table()
        # Everything else goes the way that starts twice as fast, which one event feels.
        return self.connection.execute(render(text), named or None).to_arrow_table()

    def rows(self, text: str, **named: Any) -> list[tuple[Any, ...]]:
        """Run a portable SELECT and return its rows."""
        return self.connection.execute(render(text), named or None).fetchall()

    def columns(self, name: str) -> list[str]:
        """The column names of a table or view."""
        return [row[0] for row in self.connection.execute(f"DESCRIBE {identifier(name)}").fetchall()]

    def create(self, name: str, text: str) -> str:
        """Store the result of a portable SELECT as a table; returns its name."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {identifier(name)} AS {render(text)}")
        return name

    def view(self, name: str, text: str) -> str:
        """Name a portable SELECT without running it; returns the name."""
        self.connection.execute(f"CREATE OR REPLACE TEMPORARY VIEW {identifier(name)} AS {render(text)}")
        return name

    def register(self, name: str, data: Any) -> str:
        """Offer an Arrow table, record-batch reader or data frame under a name; returns the name."""
        self.connection.register(name, data)
        return name

    def unregister(self, name: str) -> None:
        self.connection.unregister(name)

    def load(self, name: str, data: Any) -> str:
        """Copy Arrow data into a table of the session (faster than ``register`` when read many times)."""
        self.connection.register("_loading", data)
        try:
            self.connection.execute(f"CREATE OR REPLACE TABLE {identifier(name)} AS SELECT * FROM _loading")
        finally:
            self.connection.unregister("_loading")
        return name

    def read_parquet(self, name: str, paths: Iterable[str | Path]) -> str:
        """Offer Parquet files (at least one, equal columns) as one relation; returns the name."""
        quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        self.connection.execute(
            f"CREATE OR REPLACE TEMPORARY VIEW {identifier(name)} AS SELECT * FROM read_parquet([{quoted}])"
        )
        return name

    def apply(self, name: str, text: str, function: Scoring, schema: pa.Schema) -> str:
        """Store what ``function`` makes of the rows of a portable SELECT; returns the name.

        The rows come in parts of any size and order: the function must treat each row by itself.
        """
        import pyarrow as pa

        from zhike.analytics.engine.contract import APPLIED_ROWS

        self.create("_applying", text)
        # A cursor of its own: an open result would block the connection that stores.
        reader = self.connection.cursor().execute("SELECT * FROM _applying")
        source: Any = reader.to_arrow_reader(APPLIED_ROWS)
        made = (
            part
            for batch in source
            for part in function(pa.Table.from_batches([batch])).cast(schema).to_batches()
        )
        self.load(name, pa.RecordBatchReader.from_batches(schema, made))
        self.drop("_applying")
        return name

    def drop(self, name: str) -> None:
        self.connection.execute(f"DROP TABLE IF EXISTS {identifier(name)}")


def identifier(name: str) -> str:
    """The name itself when it is a plain identifier; anything else is refused."""
    if not (name.isascii() and name.isidentifier()):
        raise ValueError(f"not an identifier: {name!r}")
    return name
