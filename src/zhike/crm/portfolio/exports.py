"""The list as a file: the same rows and columns, streamed, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.platform.errors import DomainError
from zhike.platform.tables import Column, read

CHUNK = 2_000
EXCEL_ROWS = 1_048_575
#: What a spreadsheet reads as a formula, also in its full-width form.
FORMULA_STARTS = "=+-@|%＝＋－＠\t\r"
BLANKS = " \t\r\n\x00\u00a0\u3000\u200b\ufeff"
DATES = frozenset({"day", "moment"})
NUMBERS = frozenset({"number", "decimal", "money", "money_whole", "percent"})


def response(kind: str, rows: QuerySet[Customer], columns: Sequence[Column], name: str) -> HttpResponseBase:
    """The file of that kind as a download."""
    if kind not in WRITERS:
        raise DomainError(_("This file format does not exist."), field="format", code="unknown_choice")
    return WRITERS[kind](rows, columns, f"{name}.{kind}")


def _records(rows: QuerySet[Customer], columns: Sequence[Column]) -> Iterator[list[Any]]:
    for customer in rows.iterator(chunk_size=CHUNK):
        yield [cell(column, customer) for column in columns]


def cell(column: Column, customer: Customer) -> Any:
    """A typed value: numbers stay numbers, days are days, everything else is the text that the list shows."""
    value = read(customer, column.value or column.name)
    if value is None or value == "":
        return None
    if column.kind in DATES:
        return _day(value)
    if column.kind in NUMBERS:
        return value
    if column.label_of:
        return str(read(customer, column.label_of))
    return ", ".join(value) if isinstance(value, list) else str(value)


def _day(value: Any) -> date | str:
    if isinstance(value, datetime):
        return timezone.localtime(value).date()
    return value if isinstance(value, date) else str(value)


def defused(text: str) -> str:
    """A text that a spreadsheet would run gets an apostrophe before it; the import takes it away again."""
    bare = text.lstrip(BLANKS)
    return f"'{text}" if bare[:1] and (bare[0] in FORMULA_STARTS or text[:1] in "\t\r\n") else text


def _csv(rows: QuerySet[Customer], columns: Sequence[Column], name: str) -> HttpResponseBase:
    stream = StreamingHttpResponse(_csv_lines(rows, columns), content_type="text/csv; charset=utf-8")
    stream["Content-Disposition"] = f'attachment; filename="{name}"'
    return stream


def _csv_lines(rows: QuerySet[Customer], columns: Sequence[Column]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    # The mark tells Excel that the file is UTF-8.
    buffer.write("\ufeff")
    writer.writerow([defused(str(column.label)) for column in columns])
    for number, record in enumerate(_records(rows, columns), 1):
        writer.writerow([defused(value) if isinstance(value, str) else value for value in record])
        if number % CHUNK == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _xlsx(rows: QuerySet[Customer], columns: Sequence[Column], name: str) -> HttpResponseBase:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(_("Customers"))[:31])
    sheet.freeze_panes = "B2"

    def typed(value: Any) -> Any:
        if not isinstance(value, str):
            return float(value) if isinstance(value, Decimal) else value
        drawn = WriteOnlyCell(sheet, value=_writable(value))
        # A string, whatever it begins with: openpyxl would make a formula of "=".
        drawn.data_type = "s"
        return drawn

    sheet.append([typed(str(column.label)) for column in columns])
    for number, record in enumerate(_records(rows, columns), 1):
        if number > EXCEL_ROWS:
            raise DomainError(_("Excel holds 1,048,575 rows at most. Filter the list or take CSV."))
        sheet.append([typed(value) for value in record])
    return _file(book.save, name)


def _writable(text: str) -> str:
    """Without the control characters that a workbook cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")[:32_767]


def _parquet(rows: QuerySet[Customer], columns: Sequence[Column], name: str) -> HttpResponseBase:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"day": pa.date32(), "moment": pa.date32(), "number": pa.float64(), "decimal": pa.float64()}
    money = {kind: pa.decimal128(20, 4) for kind in ("money", "money_whole")}
    schema = pa.schema([(column.name, (types | money).get(column.kind, pa.string())) for column in columns])

    def write(path: Path) -> None:
        with pq.ParquetWriter(path, schema) as writer:
            for batch in _batches(_records(rows, columns)):
                arrays = [
                    pa.array([_as(value, field.type) for value in values], field.type)
                    for values, field in zip(zip(*batch, strict=True), schema, strict=True)
                ]
                writer.write_batch(pa.record_batch(arrays, schema=schema))

    return _file(write, name)


def _as(value: Any, kind: Any) -> Any:
    """A custom field may hold what its column's type does not; such a value is left out."""
    import pyarrow as pa

    if value is None or pa.types.is_date(kind):
        return value if isinstance(value, date) else None
    if pa.types.is_decimal(kind):
        return Decimal(value).quantize(Decimal("0.0001"))
    return float(value) if pa.types.is_floating(kind) else value


def _batches(records: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for record in records:
        batch.append(record)
        if len(batch) == CHUNK:
            yield batch
            batch = []
    if batch:
        yield batch


def _file(write: Callable[[Path], None], name: str) -> HttpResponseBase:
    """Written to a temporary file that disappears once it was sent."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / "export"
        write(path)
        handle: BinaryIO = path.open("rb")
    # The folder is gone, the open file is readable until it is closed.
    return FileResponse(handle, as_attachment=True, filename=name)


WRITERS: dict[str, Callable[[QuerySet[Customer], Sequence[Column], str], HttpResponseBase]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
}
