"""Opening an import's file the way its person chose, and telling how it was read."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from zhike.analytics.tabular import Limits, Row, Table, TableError, clean, open_table
from zhike.analytics.tabular.header import unique_names
from zhike.platform.errors import DomainError

ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5", "windows-1252", "shift_jis", "euc-kr")
DELIMITERS = (",", ";", "\t", "|", "，")
HEADER_ROWS = 20
CHOICES = ("encoding", "delimiter", "sheet", "header_row")

# A workbook holds at most 200 MB unpacked, in a thousand parts, unpacked at most a hundredfold.
LIMITS = Limits(
    file_bytes=settings.IMPORT_MAX_BYTES,
    workbook_expanded_bytes=200 << 20,
    workbook_entries=1_000,
    expansion=100,
    columns=500,
)


def folder() -> Path:
    """Where uploaded files lie, outside of anything that is served."""
    return Path(settings.ZHIKE_HOME) / "files" / "imports"


def path_of(stored: str) -> Path:
    """The path of a stored file; names are made by us, and nothing else is accepted."""
    if not stored or Path(stored).name != stored:
        raise ValueError("not a stored file name")
    return folder() / stored


def open_file(path: Path, reading: Mapping[str, Any]) -> Table:
    """The table, with the person's choices of encoding, delimiter, sheet and header row applied."""
    try:
        table = open_table(
            path,
            reading.get("encoding") or None,
            reading.get("delimiter") or None,
            reading.get("sheet") or None,
            limits=LIMITS,
        )
        row = reading.get("header_row")
        return _with_header(table, int(row)) if row and int(row) != table.info.header_row else table
    except TableError as error:
        raise unreadable(error) from error


def unreadable(error: TableError) -> DomainError:
    from zhike.crm.imports.reasons import reason

    return DomainError(reason(error.code, error.problem.values), field="file", code=error.code)


def _with_header(table: Table, row: int) -> Table:
    """The same source read with another row as its header (row numbers as a spreadsheet shows them)."""
    whole = Table(replace(table.info, header_row=0), table.headers, table._source)
    found = next((cells for number, cells in table._source.records() if number == row), None)
    if found is None:
        raise TableError("no_header")
    names, notes = unique_names([clean(cell) for cell in found])
    return Table(replace(whole.info, header_row=row, notes=tuple(notes)), names, table._source)


def described(table: Table) -> dict[str, Any]:
    """How the file was read, in plain values for the page and the record."""
    info = table.info
    return {
        "kind": info.kind,
        "encoding": info.encoding,
        "delimiter": info.delimiter,
        "sheet": info.sheet,
        "sheets": list(info.sheets),
        "header_row": info.header_row,
        "notes": [note.to_dict() for note in info.notes],
        "headers": table.headers,
    }


def sample(table: Table, count: int = 200) -> list[Row]:
    try:
        return list(itertools.islice(table.rows(), count))
    except TableError as error:
        raise unreadable(error) from error
