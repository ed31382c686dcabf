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
#: Of columns, in letters.
NARROWEST, WIDEST = 9, 40


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


def _widths(rows: Rows) -> list[int]:
    """Wide enough for heads and names; a line with one cell is a title, which may reach beyond its column."""
    widths: dict[int, int] = {}
    for row in rows:
        for place, value in enumerate(row if len(row) > 1 else ()):
            text = "" if value is None else str(value)
            # An ideograph is as wide as two letters.
            needed = sum(1 if sign.isascii() else 2 for sign in text) + 2
            widths[place] = max(widths.get(place, NARROWEST), min(needed, WIDEST))
    return [widths[place] for place in sorted(widths)]


def _xlsx(rows: Rows) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for place, width in enumerate(_widths(rows), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
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
