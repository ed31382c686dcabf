"""A table of figures as a file: numbers as numbers, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from zhike.crm.portfolio.exports import defused
from zhike.platform.errors import DomainError

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
Rows = Sequence[Sequence[Any]]


def response(kind: str, name: str, rows: Rows) -> HttpResponse:
    """The rows as a download."""
    plain = [[_plain(value) for value in row] for row in rows]
    return download(kind, name, {"xlsx": lambda: _xlsx(plain), "csv": lambda: _csv(plain)})


def download(kind: str, name: str, writers: Mapping[str, Callable[[], Any]]) -> HttpResponse:
    """The file of that kind, by the verb that writes it."""
    if kind not in TYPES:
        raise DomainError(_("This file format does not exist."), field="format", code="unknown_choice")
    answer = HttpResponse(writers[kind](), content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    return str(value)


def _csv(rows: Rows) -> bytes:
    buffer = io.StringIO()
    # The mark tells Excel that the file is UTF-8.
    buffer.write("\ufeff")
    csv.writer(buffer).writerows(
        [defused(one) if isinstance(one, str) else one for one in row] for row in rows
    )
    return buffer.getvalue().encode()


def _xlsx(rows: Rows) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = [WriteOnlyCell(sheet, value=value) for value in row]
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, str):
                # A string, whatever it begins with: openpyxl would make a formula of "=".
                cell.data_type = "s"
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
