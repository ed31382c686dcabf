"""Parquet files as rows of text, read in batches."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhike.analytics.tabular.delimited import Record
from zhike.analytics.tabular.limits import Limits
from zhike.analytics.tabular.problems import TableError
from zhike.analytics.tabular.source import is_gzip, open_bytes
from zhike.analytics.tabular.workbook import number_text

_BATCH = 16_384


class ParquetSource:
    """Rows are numbered as if the header were row 1, as in the file's CSV twin."""

    def __init__(self, path: Path, limits: Limits) -> None:
        try:
            self._file = pq.ParquetFile(_readable(path, limits))
        except (pa.ArrowException, OSError) as error:
            raise TableError("workbook_damaged", reason=str(error)) from error
        self.headers = list(self._file.schema_arrow.names)

    def records(self) -> Iterator[Record]:
        number = 1
        for batch in self._file.iter_batches(batch_size=_BATCH):
            columns = [_texts(column) for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                if any(cells):
                    yield number, list(cells)


def _readable(path: Path, limits: Limits) -> str | io.BytesIO:
    if not is_gzip(path):
        return str(path)
    with open_bytes(path, limits) as file:
        return io.BytesIO(file.read())


def _texts(column: pa.Array) -> list[str]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return ["" if value is None else value for value in column.to_pylist()]
    if pa.types.is_floating(kind):
        return ["" if value is None else number_text(value) for value in column.to_pylist()]
    return [_text(value) for value in column.to_pylist()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
