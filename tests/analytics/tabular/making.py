"""Files for the tests of the readers."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from zhike.analytics.tabular import Table, open_table


def write(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def write_gzip(path: Path, content: str) -> Path:
    path.write_bytes(gzip.compress(content.encode()))
    return path


def workbook(path: Path, rows: Sequence[Sequence[Any]], *, title: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def read(path: Path, **options: Any) -> tuple[list[str], list[list[str]]]:
    table = open_table(path, **options)
    return table.headers, cells(table)


def cells(table: Table) -> list[list[str]]:
    return [row.cells for row in table.rows()]
