"""One statement answered in columns by an ADBC driver, without the libraries its DB-API layer loads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import adbc_driver_manager
import pyarrow as pa


@contextmanager
def batches(driver: Any, uri: str, text: str, **options: str) -> Iterator[pa.RecordBatchReader]:
    """The rows while the context lasts; raises ``adbc_driver_manager.Error``."""
    with (
        driver.connect(uri) as database,
        adbc_driver_manager.AdbcConnection(database) as source,
        adbc_driver_manager.AdbcStatement(source) as statement,
    ):
        statement.set_options(**options)
        statement.set_sql_query(text)
        handle, _rows = statement.execute_query()
        with pa.RecordBatchReader.from_stream(handle) as reader:
            yield reader
