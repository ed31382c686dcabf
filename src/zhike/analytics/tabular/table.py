"""`open_table`: any supported file as headers and rows of text with their source row numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import NamedTuple, Protocol

from zhike.analytics.tabular.columnar import ParquetSource
from zhike.analytics.tabular.delimited import DelimitedSource, Record
from zhike.analytics.tabular.header import Header, find_header, unique_names
from zhike.analytics.tabular.limits import DEFAULT_LIMITS, Limits
from zhike.analytics.tabular.problems import Problem, TableError
from zhike.analytics.tabular.source import check_file, file_kind, is_gzip
from zhike.analytics.tabular.workbook import WorkbookSource

_HEADER_RECORDS = 40


class Row(NamedTuple):
    """The cells of a row as texts, as many as the header has."""

    #: As a spreadsheet numbers it: the header of a plain CSV is row 1.
    number: int
    cells: list[str]
    problem: Problem | None = None


class Source(Protocol):
    def records(self) -> Iterator[Record]: ...


@dataclass(frozen=True, slots=True)
class TableInfo:
    """What was found out about a file before its rows are read; ``size`` is in bytes."""

    name: str
    kind: str
    size: int
    compressed: bool = False
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_row: int = 1
    notes: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Batch:
    """Some rows at once. A column is a plain list of texts, ready for a column parser."""

    numbers: list[int]
    rows: list[list[str]]
    problems: dict[int, Problem] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, index: int) -> list[str]:
        return [row[index] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file, for people to look at."""

    info: TableInfo
    headers: list[str]
    rows: list[Row]


class Table:
    """May be read any number of times; every reading streams from the file again."""

    def __init__(self, info: TableInfo, headers: list[str], source: Source) -> None:
        self.info, self.headers, self._source = info, headers, source

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, as wide as the header; a row with cells too many carries a problem."""
        width, first = len(self.headers), self.info.header_row
        for number, cells in self._source.records():
            if number > first:
                if len(cells) == width:
                    yield Row(number, cells)
                else:
                    yield _fitted(number, cells, width)

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        rows = self.rows()
        while chunk := list(itertools.islice(rows, size)):
            problems = {row.number: row.problem for row in chunk if row.problem is not None}
            yield Batch([row.number for row in chunk], [row.cells for row in chunk], problems)

    def column(self, header: str) -> Iterator[str]:
        index = self.headers.index(header)
        return (row.cells[index] for row in self.rows())

    def preview(self, count: int = 20) -> Preview:
        return Preview(self.info, self.headers, list(itertools.islice(self.rows(), count)))


def _fitted(number: int, cells: list[str], width: int) -> Row:
    if len(cells) < width:
        return Row(number, cells + [""] * (width - len(cells)))
    if any(cell.strip() for cell in cells[width:]):
        return Row(number, cells[:width], Problem("extra_cells", {"count": len(cells), "width": width}))
    return Row(number, cells[:width])


def open_table(
    path: str | PathLike[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Open CSV, TSV, Excel or Parquet, plain or gzip, whatever the file is called.

    Raises `TableError` with a code and a remedy when the file cannot be used.
    """
    file = Path(path)
    size = check_file(file, limits)
    kind = file_kind(file, limits)
    about = {"name": file.name, "size": size, "compressed": is_gzip(file)}
    if kind == "text":
        return _open_text(file, limits, encoding, delimiter, about)
    if kind == "parquet":
        return _open_parquet(file, limits, about)
    return _open_workbook(file, limits, sheet, kind == "old_workbook", about)


def preview(
    path: str | PathLike[str],
    count: int = 20,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Preview:
    """The first rows as :func:`open_table` reads them."""
    return open_table(path, encoding, delimiter, sheet).preview(count)


def _open_text(file: Path, limits: Limits, encoding: str | None, delimiter: str | None, about: dict) -> Table:
    source = DelimitedSource(file, limits, encoding, delimiter)
    header = _header(source, limits)
    notes = header.notes
    if source.encoding.guessed:
        notes = (Problem("encoding_guessed", {"encoding": source.encoding.name}), *notes)
    info = TableInfo(
        kind="text",
        encoding=source.encoding.name,
        delimiter=source.delimiter,
        header_row=header.row,
        notes=notes,
        **about,
    )
    return Table(info, header.names, source)


def _open_workbook(file: Path, limits: Limits, sheet: str | None, old: bool, about: dict) -> Table:
    source = WorkbookSource(file, limits, sheet, old=old)
    header = _header(source, limits)
    notes = header.notes
    if source.hidden:
        notes = (*notes, Problem("hidden_sheets", {"sheets": source.hidden}))
    info = TableInfo(
        kind="workbook",
        sheet=source.sheet,
        sheets=tuple(source.sheets),
        header_row=header.row,
        notes=notes,
        **about,
    )
    return Table(info, header.names, source)


def _open_parquet(file: Path, limits: Limits, about: dict) -> Table:
    source = ParquetSource(file, limits)
    names, notes = unique_names(source.headers)
    _check_width(len(names), limits)
    return Table(TableInfo(kind="parquet", notes=tuple(notes), **about), names, source)


def _header(source: Source, limits: Limits) -> Header:
    records = list(itertools.islice(source.records(), _HEADER_RECORDS))
    if not records:
        raise TableError("file_empty")
    _check_width(max(len(cells) for _, cells in records), limits)
    return find_header(records)


def _check_width(count: int, limits: Limits) -> None:
    if count > limits.columns:
        raise TableError("too_many_columns", count=count, limit=limits.columns)
