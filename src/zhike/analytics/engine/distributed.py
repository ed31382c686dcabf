"""The same definitions on a Spark cluster, for bases that need several machines (docs/operate/scale.md).

Texts are rendered for Spark from the same source, files are the lake's Parquet, stored tables are Parquet
again, so that the embedded engine reads the results where they lie.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhike.analytics.engine.cluster import connect
from zhike.analytics.engine.contract import APPLIED_ROWS, Scoring
from zhike.analytics.engine.dialect import render
from zhike.analytics.engine.session import identifier

# Rows of one Arrow batch between Spark and Python.
_BATCH = 50_000


class DistributedSession:
    """``with DistributedSession("spark://host:7077", directory=…) as session: session.sql("SELECT …")``.

    ``directory`` must be the same folder for this process and for every worker (a shared file system); what
    the session stores lies below it and goes when the session is closed. ``options`` are further settings of
    Spark, which also reads its own ``spark-defaults.conf``.
    """

    def __init__(
        self, master: str, *, directory: str | Path, options: Mapping[str, str] | None = None
    ) -> None:
        self._connection = connect(master, options or {})
        self._spark = self._connection.spark.newSession()
        for name, value in _SETTINGS.items():
            self._spark.conf.set(name, value)
        Path(directory).mkdir(parents=True, exist_ok=True)
        self.directory = Path(tempfile.mkdtemp(prefix="spark-", dir=Path(directory).resolve()))
        # The workers may run under another account of the same group.
        self.directory.chmod(0o775)
        self._stored: dict[str, Path] = {}
        self._numbers = itertools.count(1)

    def __enter__(self) -> DistributedSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was stored; the last session of a process ends the application on the cluster."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self._connection.release()

    def sql(self, text: str, **named: Any) -> Any:
        """Run a portable SELECT and return an Arrow table; ``:name`` places are filled from ``named``."""
        return self._frame(text, named).toArrow()

    def rows(self, text: str, **named: Any) -> list[tuple[Any, ...]]:
        """Run a portable SELECT and return its rows."""
        return [tuple(row) for row in self._frame(text, named).collect()]

    def columns(self, name: str) -> list[str]:
        """The column names of a relation."""
        return list(self._spark.table(identifier(name)).columns)

    def create(self, name: str, text: str) -> str:
        """Store the result of a portable SELECT; returns its name."""
        return self._store(name, self._frame(text, {}))

    def view(self, name: str, text: str) -> str:
        """Name a portable SELECT without running it; returns the name."""
        self._spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {identifier(name)} AS {render(text, 'spark')}")
        return name

    def register(self, name: str, data: Any) -> str:
        """Offer an Arrow table or record-batch reader under a name; returns the name."""
        return self.load(name, data)

    def unregister(self, name: str) -> None:
        self.drop(name)

    def load(self, name: str, data: Any) -> str:
        """Write Arrow data where the workers read it; returns the name."""
        from pyspark.sql.pandas.types import from_arrow_schema

        path = self._new_path(name)
        path.mkdir()
        reader = data.to_reader() if isinstance(data, pa.Table) else pa.RecordBatchReader.from_stream(data)
        with pq.ParquetWriter(path / "part.parquet", reader.schema, compression="zstd") as file:
            for batch in reader:
                file.write_batch(batch)
        return self._offer(name, path, from_arrow_schema(reader.schema))

    def read_parquet(self, name: str, paths: Iterable[str | Path]) -> str:
        """Offer Parquet files (at least one, equal columns) as one relation; returns the name."""
        urls = [Path(path).resolve().as_uri() for path in paths]
        self._spark.read.parquet(*urls).createOrReplaceTempView(identifier(name))
        return name

    def apply(self, name: str, text: str, function: Scoring, schema: pa.Schema) -> str:
        """Store what ``function`` makes of the rows of a portable SELECT; returns the name.

        The rows come in parts of any size and order: the function must treat each row by itself. It runs in
        the workers' Python, where this package must be installed.
        """
        from pyspark.sql.pandas.types import from_arrow_schema

        def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for part in gathered(batches, APPLIED_ROWS):
                yield from function(part).cast(schema).to_batches()

        made = self._frame(text, {}).mapInArrow(task, from_arrow_schema(schema))
        return self._store(name, made)

    def drop(self, name: str) -> None:
        self._spark.catalog.dropTempView(identifier(name))
        self._forget(name)

    def files(self, name: str) -> list[Path]:
        """The Parquet files of a stored relation, for ``read_parquet`` of another engine."""
        return sorted(self._stored[name].glob("*.parquet"))

    def _frame(self, text: str, named: Mapping[str, Any]) -> Any:
        return self._spark.sql(render(text, "spark"), args=dict(named) or None)

    def _store(self, name: str, frame: Any) -> str:
        path = self._new_path(name)
        frame.write.parquet(path.as_uri())
        return self._offer(name, path, frame.schema)

    def _offer(self, name: str, path: Path, schema: Any) -> str:
        # With its schema, Spark need not look into the files first.
        self._spark.read.schema(schema).parquet(path.as_uri()).createOrReplaceTempView(identifier(name))
        self._forget(name)
        self._stored[name] = path
        return name

    def _forget(self, name: str) -> None:
        old = self._stored.pop(name, None)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)

    def _new_path(self, name: str) -> Path:
        return self.directory / f"{identifier(name)}-{next(self._numbers)}"


def gathered(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Small batches put together until they hold about ``rows`` rows."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= rows:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


# What equal results need, whatever the cluster's own defaults are.
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(_BATCH),
}
