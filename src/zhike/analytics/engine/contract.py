"""What the analysis asks of an engine: the same verbs on one machine and on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

# Rows that a function sees at once, at most about.
APPLIED_ROWS = 200_000
# From a table of customers to a table of as many rows, whatever rows it is given together.
Scoring = Callable[[pa.Table], pa.Table]


class Engine(Protocol):
    """Relations by name, texts in the portable subset of ``engine.dialect``, Arrow in and out."""

    def sql(self, text: str, **named: Any) -> Any:
        """Run a portable SELECT and return an Arrow table; ``:name`` places are filled from ``named``."""

    def rows(self, text: str, **named: Any) -> list[tuple[Any, ...]]:
        """Run a portable SELECT and return its rows."""

    def columns(self, name: str) -> list[str]:
        """The column names of a relation."""

    def create(self, name: str, text: str) -> str:
        """Store the result of a portable SELECT; returns its name."""

    def view(self, name: str, text: str) -> str:
        """Name a portable SELECT without running it; returns the name."""

    def register(self, name: str, data: Any) -> str:
        """Offer an Arrow table or record-batch reader under a name; returns the name."""

    def unregister(self, name: str) -> None: ...

    def load(self, name: str, data: Any) -> str:
        """Store Arrow data under a name; returns the name."""

    def read_parquet(self, name: str, paths: Iterable[str | Path]) -> str:
        """Offer Parquet files (at least one, equal columns) as one relation; returns the name."""

    def apply(self, name: str, text: str, function: Scoring, schema: pa.Schema) -> str:
        """Store what ``function`` makes of the rows of a portable SELECT; returns the name.

        The rows come in parts of any size and order: the function must treat each row by itself. On a
        cluster it runs on the workers, so all that it refers to must be importable there.
        """

    def drop(self, name: str) -> None: ...
