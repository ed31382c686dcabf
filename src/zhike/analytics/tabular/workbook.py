"""Excel workbooks (.xlsx, .xlsm, .xlsb, .xls, and .ods) as rows of text."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from zhike.analytics.tabular.delimited import Record
from zhike.analytics.tabular.limits import Limits
from zhike.analytics.tabular.problems import TableError
from zhike.analytics.tabular.source import check_archive, is_gzip, open_bytes

#: Excel keeps 15 digits of a number; what is longer has been rounded.
_EXACT = 10**15


class WorkbookSource:
    def __init__(self, path: Path, limits: Limits, sheet: str | None, *, old: bool) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        path = self._plain(path, limits)
        if old:
            _refuse_encrypted(path)
        else:
            check_archive(path, limits)
        self._book = _load(path)
        self.sheets, self.hidden = _visible(self._book)
        self.sheet, self._data = self._choose(sheet)

    def _plain(self, path: Path, limits: Limits) -> Path:
        """A workbook inside .gz is unpacked to a temporary file, because its parts are read out of order."""
        if not is_gzip(path):
            return path
        self._folder = tempfile.TemporaryDirectory(prefix="zhike-")
        plain = Path(self._folder.name) / "workbook"
        with open_bytes(path, limits) as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        return plain

    def _choose(self, wanted: str | None) -> tuple[str, CalamineSheet]:
        if wanted is not None:
            if wanted not in self._book.sheet_names:
                raise TableError("sheet_missing", sheet=wanted, sheets=self.sheets)
            return wanted, _sheet(self._book, wanted)
        for name in self.sheets:
            sheet = _sheet(self._book, name)
            if sheet.total_height > 0 and sheet.end is not None:
                return name, sheet
        raise TableError("sheet_empty")

    def records(self) -> Iterator[Record]:
        for number, row in enumerate(self._data.iter_rows(), start=1):
            cells = [_TEXT[type(value)](value) for value in row]
            if any(cells):
                yield number, cells


def _load(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise TableError("password_protected") from error
    except (CalamineError, OSError, ValueError) as error:
        raise TableError("workbook_damaged", reason=str(error)) from error


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except (CalamineError, ValueError) as error:
        raise TableError("workbook_damaged", reason=str(error)) from error


def _visible(book: CalamineWorkbook) -> tuple[list[str], list[str]]:
    sheets = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    shown = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
    return shown, [meta.name for meta in sheets if meta.name not in shown]


def _refuse_encrypted(path: Path) -> None:
    """A workbook with a password is an OLE file whose directory names an encrypted package."""
    with path.open("rb") as file:
        content = file.read(64 << 20)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise TableError("password_protected")
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        raise TableError("wrong_format", found="Word/PowerPoint 97")


def number_text(value: float) -> str:
    """A cell's number as a person typed it: 536365.0 → 536365; beyond 15 digits the loss stays visible."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if value.is_integer():
        return str(int(value)) if abs(value) < _EXACT else f"{value:.14E}"
    return repr(value)


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() and not value.tzinfo else value.isoformat(" ")


def _span_text(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


_TEXT: dict[type, Callable[[Any], str]] = {
    str: lambda value: value,
    float: number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _moment_text,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _span_text,
    type(None): lambda value: "",
}
