"""What the pages and the API show of imports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from zhike.analytics.tabular import Problem, Row, Table
from zhike.crm.customers.choices import FieldType
from zhike.crm.imports import mapping as mappings
from zhike.crm.imports import reading as readings
from zhike.crm.imports.fields import CUSTOM, CUSTOM_ENTITY, FIELDS, NEW
from zhike.crm.imports.models import Import, ImportIssue
from zhike.crm.imports.reasons import reason
from zhike.platform.errors import DomainError
from zhike.platform.figures import Figure

SAMPLES = 3
PREVIEW_ROWS = 8


@dataclass
class Sample:
    """One cell of the preview: as written, as understood, or what is wrong with it."""

    text: str
    value: str = ""
    problem: str = ""


@dataclass
class ColumnView:
    """One column of the file on the mapping page."""

    index: int
    header: str
    target: str
    samples: list[Sample] = field(default_factory=list)
    question: dict[str, Any] | None = None
    order: str = ""


def table_of(run: Import) -> Table:
    return readings.open_file(readings.path_of(run.file), run.reading)


def column_views(run: Import, table: Table) -> list[ColumnView]:
    """Every column with its field, some of its cells and how they would be read."""
    rows = readings.sample(table, 100)
    known = {column.index: column for column in _plan(run, table).columns}
    noted, chosen = run.reading.get("dates", {}), run.mapping.get("date_orders", {})
    views = []
    for index, header in enumerate(table.headers):
        target = run.mapping["columns"].get(header, "")
        view = ColumnView(index, header, target, _samples(rows, index, known.get(index)))
        if header in noted and noted[header]["status"] == "ambiguous" and index in known:
            view.question, view.order = noted[header], chosen.get(header, "")
        views.append(view)
    return views


def _plan(run: Import, table: Table) -> Any:
    dates = {
        header: mappings.DateOrder(note["status"], note["order"], tuple(note["candidates"]), note["example"])
        for header, note in run.reading.get("dates", {}).items()
    }
    return mappings.plan(table, run.mapping, run.entity, mappings.Writing(dates, {}))


def _samples(rows: list[Row], index: int, column: Any) -> list[Sample]:
    texts = dict.fromkeys(cell for row in rows if (cell := row.cells[index].strip()))
    samples = [_sample(text, column) for text in list(texts)[:40]]
    wrong = [sample for sample in samples if sample.problem]
    return [*wrong[:1], *(sample for sample in samples if sample not in wrong[:1])][:SAMPLES]


def _sample(text: str, column: Any) -> Sample:
    shown = text if len(text) <= 60 else text[:57] + "…"
    if column is None:
        return Sample(shown)
    value = column.parser[text]
    if isinstance(value, Problem):
        return Sample(shown, problem=reason(value.code, value.values))
    return Sample(shown, value=_worded(value, column, text))


def _worded(value: Any, column: Any, text: str) -> str:
    """How a value is understood, where that is not plain from the cell."""
    if value is None or str(value) == text:
        return ""
    target = FIELDS_BY_NAME.get(column.target)
    words = str(value).replace("T00:00:00", "").replace("T", " ")
    if target is not None and target.choices is not None:
        words = str(target.choices(value).label)
    elif target is not None and target.kind in ("province", "industry"):
        words = _named(target.kind, value)
    return "" if words == text else words


FIELDS_BY_NAME = {name: one for fields in FIELDS.values() for name, one in fields.items()}


def _named(kind: str, code: str) -> str:
    from django.utils.translation import get_language

    from zhike.data import industries, regions

    label = regions.label if kind == "province" else industries.label
    return label(code, get_language() or "zh")


def targets(entity: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices of a column: our fields, the company's own, a new one of its own."""
    groups = [(_("Fields"), [(name, str(one.label)) for name, one in FIELDS[entity].items()])]
    custom = mappings.custom_fields(entity)
    if custom:
        groups.append((_("Own fields"), [(f"{CUSTOM}{key}", one.title) for key, one in custom.items()]))
    if entity in CUSTOM_ENTITY:
        listed = (FieldType.CHOICE, FieldType.MULTIPLE)
        types = [(value, label) for value, label in FieldType.choices if value not in listed]
        fresh = [(f"{NEW}{value}", _("New field: %(type)s") % {"type": label}) for value, label in types]
        groups.append((_("New field of our own"), fresh))
    return groups


def notes(run: Import) -> list[str]:
    """What the reading library remarked about the file."""
    found = run.reading.get("found", {}).get("notes", [])
    return [reason(note["code"], note["values"]) for note in found]


@dataclass
class PreviewTable:
    headers: list[str]
    rows: list[Row]


def first_rows(table: Table) -> PreviewTable:
    try:
        return PreviewTable(table.headers, table.preview(PREVIEW_ROWS).rows)
    except Exception as error:
        raise DomainError(str(error), field="file") from error


RECORD_NAMES = {
    "customers": lambda: _("Customers"),
    "contacts": lambda: _("Contacts"),
    "products": lambda: _("Products"),
    "categories": lambda: _("Categories"),
    "orders": lambda: _("Orders"),
}


def record_counts(run: Import) -> list[tuple[str, int, int]]:
    """(what, created, updated) of the records behind the rows."""
    found = run.counts.get("records", {})
    return [
        (name(), found[kind].get("created", 0), found[kind].get("updated", 0))
        for kind, name in RECORD_NAMES.items()
        if kind in found
    ]


def figures(run: Import) -> list[Figure]:
    """Rows by outcome: they add up to all rows; what waits for a decision is among those left out."""
    counts = run.counts
    return [
        Figure(label=_("Rows in the file"), value=counts.get("rows"), better="", icon="file-text"),
        Figure(label=_("New"), value=counts.get("created"), better="", icon="plus"),
        Figure(label=_("Changed"), value=counts.get("updated"), better="", icon="pencil"),
        Figure(label=_("Unchanged or left out"), value=counts.get("skipped"), better="", icon="equal"),
        Figure(label=_("Rejected"), value=counts.get("failed"), better="", icon="alert-triangle"),
    ]


def rejected(run: Import) -> Any:
    """Rejected rows that nobody has corrected or dismissed."""
    return run.issues.filter(kind=ImportIssue.Kind.REJECTED, decision="").order_by("pk")


def error_rows(run: Import) -> Iterator[list[str]]:
    """The rejected rows as a table: the original columns, then row number, column and reason."""
    headers = run.reading.get("found", {}).get("headers", [])
    yield [*headers, _("Row"), _("Column"), _("Reason")]
    for issue in rejected(run).iterator(chunk_size=1000):
        cells = [issue.values.get(header, "") for header in headers]
        yield [*cells, str(issue.row), issue.column, issue_reason(issue)]


def issue_reason(issue: ImportIssue) -> str:
    """All that is wrong with the row, in words."""
    first = reason(issue.code, issue.detail)
    more = [f"{column}: {reason(code, values)}" for column, code, values in issue.detail.get("more", [])]
    return " ".join([first, *more])
