"""Which column becomes which field: proposed by meaning, corrected by a person, checked before a run.

A mapping in plain JSON, as it is stored, saved as a preset and given to the command line::

    {"columns": {"客户名称": "name", "等级": "custom:level", "备注": "new:text"},
     "date_orders": {"日期": "dmy"}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhike.analytics.columns import PRESETS, match_columns
from zhike.analytics.tabular import DateOrder, NumberStyle, Order, Remembered, Table, TableError, scan_columns
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField
from zhike.crm.imports.cells import cell_parser, custom_parser
from zhike.crm.imports.fields import CUSTOM, CUSTOM_ENTITY, FIELDS, NEEDED, NEW
from zhike.crm.imports.fields import field as field_of
from zhike.crm.imports.ingest import Column, Plan
from zhike.crm.imports.reading import unreadable
from zhike.platform.errors import DomainError

DATE_ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")


@dataclass(frozen=True)
class Writing:
    """How the columns of a file write dates and numbers, found by looking at every cell."""

    dates: dict[str, DateOrder]
    numbers: dict[str, NumberStyle]

    @property
    def open_questions(self) -> list[str]:
        return [header for header, order in self.dates.items() if order.status == "ambiguous"]


def propose(table: Table, entity: str, rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The proposal for a file nobody has mapped yet: a column for every field that was recognized."""
    found = match_columns(table.headers, rows, entity)
    columns: dict[str, str] = {}
    for name, header in found.columns.items():
        if name in FIELDS[entity] and _gives_way(columns.get(header)):
            columns[header] = name
    return {"columns": columns, "date_orders": {}, "preset": found.preset}


def fills_down(mapping: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Whether a blank number means the order above: as chosen, else as the known export has it."""
    if "fill_down" in options:
        return bool(options["fill_down"])
    return any(preset.fills_down for preset in PRESETS if preset.code == mapping.get("preset"))


def _gives_way(present: str | None) -> bool:
    """One column fills one field: a name or phone says more about a customer than a key made of it."""
    return present is None or present == "customer_key"


def settled(mapping: Mapping[str, Any], entity: str, headers: Sequence[str]) -> dict[str, Any]:
    """A mapping from outside, reduced to what this file and this content know; errors name the column."""
    columns = mapping.get("columns", mapping)
    if not isinstance(columns, Mapping):
        raise DomainError(_("The mapping must name columns and their fields."), field="mapping")
    if columns and all(str(key) in FIELDS[entity] for key in columns):
        columns = {str(header): str(name) for name, header in columns.items()}
    chosen = {str(header): str(name) for header, name in columns.items() if name}
    for header, name in chosen.items():
        _check_target(header, name, entity, headers)
    orders = mapping.get("date_orders") or {}
    return {
        "columns": chosen,
        "date_orders": {h: o for h, o in orders.items() if h in headers and o in DATE_ORDERS},
        "preset": str(mapping.get("preset") or ""),
    }


def _check_target(header: str, name: str, entity: str, headers: Sequence[str]) -> None:
    if header not in headers:
        raise DomainError(
            _("The file has no column “%(name)s”.") % {"name": header}, field="mapping", code="column_unknown"
        )
    if name.startswith(NEW):
        known = entity in CUSTOM_ENTITY and name.removeprefix(NEW) in FieldType.values
    else:
        known = name in FIELDS[entity] or name.removeprefix(CUSTOM) in custom_fields(entity)
    if not known:
        raise DomainError(
            _("There is no field “%(name)s”.") % {"name": name}, field="mapping", code="field_unknown"
        )


def custom_fields(entity: str) -> dict[str, CustomField]:
    owner = CUSTOM_ENTITY.get(entity)
    return {found.key: found for found in CustomField.objects.living(owner)} if owner else {}


def problems(mapping: Mapping[str, Any], entity: str) -> list[str]:
    """What is missing or double in a mapping, in words."""
    columns: dict[str, str] = mapping.get("columns", {})
    found = []
    targets = [name for name in columns.values() if not name.startswith(NEW)]
    for name in sorted({name for name in targets if targets.count(name) > 1}):
        headers = [header for header, target in columns.items() if target == name]
        found.append(
            _("Two columns fill “%(field)s”: %(headers)s.")
            % {"field": label_of(name, entity), "headers": "、".join(headers)}
        )
    for group in NEEDED[entity]:
        if not any(name in targets for name in group):
            labels = " / ".join(str(FIELDS[entity][name].label) for name in group)
            found.append(_("Choose a column for: %(fields)s.") % {"fields": labels})
    return found


def label_of(name: str, entity: str) -> str:
    if name.startswith(CUSTOM):
        known = custom_fields(entity).get(name.removeprefix(CUSTOM))
        return known.title if known else name
    known_field = field_of(entity, name)
    return str(known_field.label) if known_field else name


def scan(table: Table, mapping: Mapping[str, Any], entity: str) -> Writing:
    """Look at every cell of the mapped date and number columns."""
    dates = date_columns(mapping, entity)
    columns = mapping.get("columns", {}).items()
    numbers = [header for header, name in columns if _kind(name, entity) in ("amount", "quantity")]
    try:
        return Writing(*scan_columns(table, dates, numbers)) if dates or numbers else Writing({}, {})
    except TableError as error:
        raise unreadable(error) from error


def date_columns(mapping: Mapping[str, Any], entity: str) -> list[str]:
    return [
        header
        for header, name in mapping.get("columns", {}).items()
        if _kind(name, entity) in ("moment", "day")
    ]


def _kind(name: str, entity: str) -> str:
    known = field_of(entity, name)
    return known.kind if known else ""


def noted(writing: Writing) -> dict[str, Any]:
    """The dates' ways of writing in plain values, so that the page need not read the whole file again."""
    return {
        header: {
            "status": order.status,
            "order": order.order,
            "candidates": list(order.candidates),
            "example": order.example,
        }
        for header, order in writing.dates.items()
    }


def order_of(header: str, mapping: Mapping[str, Any], writing: Writing) -> Order | None:
    chosen = (mapping.get("date_orders") or {}).get(header)
    return chosen or (writing.dates[header].order if header in writing.dates else None)


def unanswered(mapping: Mapping[str, Any], writing: Writing) -> list[str]:
    """Date columns whose order only a person can tell, and nobody has."""
    chosen = mapping.get("date_orders") or {}
    return [header for header in writing.open_questions if header not in chosen]


def plan(
    table: Table, mapping: Mapping[str, Any], entity: str, writing: Writing, *, fill_down: bool = False
) -> Plan:
    """The columns with their parsers, in the order of the file."""
    chosen: dict[str, str] = mapping["columns"]
    custom = custom_fields(entity)
    columns = [
        _column(index, header, chosen[header], entity, custom, mapping, writing)
        for index, header in enumerate(table.headers)
        if header in chosen
    ]
    return Plan(entity, tuple(columns), fill_down)


def _column(
    index: int,
    header: str,
    name: str,
    entity: str,
    custom: Mapping[str, CustomField],
    mapping: Mapping[str, Any],
    writing: Writing,
) -> Column:
    if name.startswith(NEW):
        # A trial run, where the field does not exist yet.
        return Column(
            index, header, f"#{header}", Remembered(custom_parser(name[len(NEW) :], [])), custom=True
        )
    if name.startswith(CUSTOM):
        known = custom[name.removeprefix(CUSTOM)]
        parser: Remembered[Any] = Remembered(custom_parser(known.field_type, known.choices))
        return Column(index, header, known.key, parser, custom=True)
    target = FIELDS[entity][name]
    order = order_of(header, mapping, writing)
    return Column(index, header, name, cell_parser(target, order=order, style=writing.numbers.get(header)))


def unmapped(headers: Iterable[str], mapping: Mapping[str, Any]) -> list[str]:
    columns = mapping.get("columns", {})
    return [header for header in headers if header not in columns]
