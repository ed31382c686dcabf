"""A result as a file: its sentences and tables, numbers as numbers, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from zhike.analytics.workbench import Result
from zhike.analytics.workbench.reading import Reader
from zhike.crm.customers.models import Customer
from zhike.crm.portfolio import sheets
from zhike.crm.portfolio.exports import defused
from zhike.crm.workbench import wording
from zhike.crm.workbench.models import Analysis, AnalysisValue

Rows = list[list[Any]]


def response(analysis: Analysis, kind: str, user: Any) -> HttpResponse:
    """The file of that kind as a download."""
    parts = list(_parts(analysis, user))
    writers = {"xlsx": lambda: _xlsx(parts), "csv": lambda: _csv(parts)}
    return sheets.download(kind, f"analysis-{analysis.pk}", writers)


def _parts(analysis: Analysis, user: Any) -> Iterator[tuple[str, Rows]]:
    """(title, rows) of every sheet."""
    result = Result.from_dict(analysis.result)
    reader = wording.reader(wording.products_in(analysis.result))
    figures = [[reader.title(code), _plain(value, reader)] for code, value, _kind in result.figures]
    said = [[reader.say(one)] for one in (*result.conclusions, *result.caveats)]
    yield _("Conclusion"), [*figures, *said]
    for table in result.tables:
        heads = [reader.cell(column.title) for column in table.columns]
        rows = [[_plain(value, reader) for value in row] for row in table.rows]
        yield reader.title(f"table_{table.code}"), [heads, *rows]
    values = _values(analysis, user, reader, result)
    if values:
        yield _("Customers"), values


def _plain(value: Any, reader: Reader) -> Any:
    if isinstance(value, dict) and "x" in value:
        return value["x"]
    return value if isinstance(value, int | float) or value is None else reader.cell(value)


def _values(analysis: Analysis, user: Any, reader: Reader, result: Result) -> Rows:
    """One row per customer that the user sees: number, name, and the analysis' columns."""
    found: dict[int, dict[str, Any]] = {}
    values = AnalysisValue.objects.filter(analysis=analysis)
    for pk, output, label, score in values.values_list("customer_id", "output", "label", "score"):
        found.setdefault(pk, {})[output] = label if label is not None else score
    if not found:
        return []
    outputs = sorted({output for one in found.values() for output in one})
    seen = (
        Customer.objects.visible_to(user)
        .filter(no_profiling=False)
        .order_by("pk")
        .values_list("pk", "code", "name")
    )
    names = cluster_names(result, reader)
    heads = [_("Customer number"), _("Customer"), *outputs, *([_("Cluster")] if names else [])]
    rows = [
        [code or pk, name, *(found[pk].get(one) for one in outputs), *_named(found[pk], names)]
        for pk, code, name in seen.iterator()
        if pk in found
    ]
    return [heads, *rows]


def _named(one: dict[str, Any], names: dict[int, str]) -> list[str]:
    return [names.get(one.get("cluster", 0), "")] if names else []


def cluster_names(result: Result, reader: Reader) -> dict[int, str]:
    """The clusters' numbers with their names; empty for other recipes."""
    model = result.model
    if model.get("kind") != "clusters":
        return {}
    pairs = zip(model["labels"], model["names"], strict=True)
    return {number: reader.cell({"cluster": [number, code]}) for number, code in pairs}


def _csv(parts: list[tuple[str, Rows]]) -> bytes:
    buffer = io.StringIO()
    # The mark tells Excel that the file is UTF-8.
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    for title, rows in parts:
        writer.writerow([defused(title)])
        writer.writerows([[defused(one) if isinstance(one, str) else one for one in row] for row in rows])
        writer.writerow([])
    return buffer.getvalue().encode()


def _xlsx(parts: list[tuple[str, Rows]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for number, (title, rows) in enumerate(parts, 1):
        sheet = book.create_sheet(f"{number} {''.join(c for c in title if c not in '[]:*?/')}"[:31])
        for row in rows:
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, value=value)
                if isinstance(value, str):
                    # A string, whatever it begins with: openpyxl would make a formula of "=".
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
