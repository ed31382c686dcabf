"""Lists as data: a registry of columns, read against the address by allow-list, ready for `<c-table>`.

Sort and columns live in the address (`?sort=-revenue&columns=name&columns=tier`), so that a view can be
shared; names outside the registry are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.functional import Promise, cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from zhike.platform import cells

Text = str | Promise
Getter = str | Callable[[Any], Any]

# Query keys that belong to one page of a list and go when the list changes.
CURSORS = ("cursor", "after", "before", "page")
NUMERIC = frozenset(
    {"number", "decimal", "money", "money_whole", "money_short", "percent", "days", "trend", "progress"}
)


@dataclass(frozen=True)
class Column:
    """One column: ``name`` is its public name, ``value`` a path or function (default: the name).

    ``sort`` is the public sort name ("" = not sortable); ``sub`` a second, quieter line; ``label_of`` what a
    coded value reads as; ``default`` whether it shows before the person chooses; ``template`` draws the cell
    (gets ``row`` and ``value``), ``html`` the same from the record alone, twenty times as fast.
    """

    name: str
    label: Text
    kind: str = "text"
    value: Getter = ""
    url: Getter = ""
    sort: str = ""
    sub: Getter = ""
    label_of: Getter = ""
    default: bool = True
    hint: Text = ""
    template: str = ""
    html: Callable[[Any], SafeString] | None = None

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def number(self) -> bool:
        """Right-aligned, with figures of one width."""
        return self.numeric and self.kind != "progress"


@dataclass(frozen=True)
class Cell:
    column: Column
    value: Any
    html: SafeString
    label: str = ""

    @property
    def td(self) -> str:
        """The table cell; both parts are escaped already."""
        kind = ' class="num"' if self.column.number else ""
        return f'<td{kind} data-label="{self.label}">{self.html}</td>'


@dataclass(frozen=True)
class Row:
    record: Any
    key: Any
    cells: list[Cell]

    @property
    def name(self) -> str:
        """What the row is about, for who hears the page."""
        return str(self.cells[0].value) if self.cells else ""

    @property
    def html(self) -> SafeString:
        """The row's cells. Joined here: a template loop over hundreds of cells takes ten times as long."""
        return mark_safe("".join(cell.td for cell in self.cells))


@dataclass(frozen=True)
class Heading:
    column: Column
    url: str
    direction: str  # "ascending", "descending" or "" as in aria-sort

    @property
    def aria(self) -> str:
        return self.direction or "none"


@dataclass(frozen=True)
class Choice:
    column: Column
    chosen: bool


@dataclass(frozen=True)
class FilterChip:
    """A filter that acts: what it is, its value in words, and the address of the list without it."""

    label: Text
    value: Text
    remove_url: str


class Table:
    """Rows of ``records`` under the chosen columns. The first column is always there and stays in view."""

    def __init__(
        self,
        columns: Sequence[Column],
        records: Iterable[Any],
        query: QueryDict,
        *,
        sort: str = "",
        chosen: Sequence[str] = (),
    ) -> None:
        self.registry = tuple(columns)
        self.records = records
        self.query = query
        self.sort = sort_of(columns, query, default=sort)
        self.columns = chosen_columns(columns, query, preset=chosen)

    @cached_property
    def rows(self) -> list[Row]:
        labels = [conditional_escape(str(column.label)) for column in self.columns]
        return [
            Row(
                record,
                read(record, "pk"),
                [_cell(column, record, label) for column, label in zip(self.columns, labels, strict=True)],
            )
            for record in self.records
        ]

    @cached_property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.columns]

    @property
    def choices(self) -> list[Choice]:
        """All columns but the first, for the column chooser."""
        shown = {column.name for column in self.columns}
        return [Choice(column, column.name in shown) for column in self.registry[1:]]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Query pairs that the column chooser's form has to carry along."""
        return [
            (key, value)
            for key, values in self.query.lists()
            if key != "columns" and key not in CURSORS
            for value in values
        ]

    def _heading(self, column: Column) -> Heading:
        if not column.sort:
            return Heading(column, "", "")
        name = self.sort.removeprefix("-")
        direction = ""
        if name == column.sort:
            direction = "descending" if self.sort.startswith("-") else "ascending"
        # Numbers are wanted largest first, words from the start of the alphabet.
        first = f"-{column.sort}" if column.numeric else column.sort
        second = column.sort if column.numeric else f"-{column.sort}"
        return Heading(
            column, with_query(self.query, sort=second if self.sort == first else first), direction
        )


def sort_of(columns: Sequence[Column], query: QueryDict, *, default: str = "") -> str:
    """The sort that the address asks for, when the registry knows it."""
    asked = query.get("sort", "")
    known = {column.sort for column in columns if column.sort}
    return asked if asked.removeprefix("-") in known else default


def chosen_columns(
    columns: Sequence[Column], query: QueryDict, *, preset: Sequence[str] = ()
) -> tuple[Column, ...]:
    """The first column and those that the address (or a saved view) names, in registry order."""
    asked = set(query.getlist("columns") or preset)
    known = {column.name for column in columns}
    if not asked & known:
        return tuple(column for i, column in enumerate(columns) if i == 0 or column.default)
    return tuple(column for i, column in enumerate(columns) if i == 0 or column.name in asked)


def with_query(query: QueryDict, **changes: str | None) -> str:
    """The address of the same list with some keys changed (None removes); its page starts over."""
    copy = query.copy()
    for key in CURSORS:
        copy.pop(key, None)
    for key, value in changes.items():
        if value is None:
            copy.pop(key, None)
        else:
            copy[key] = value
    return "?" + copy.urlencode()


def page_url(query: QueryDict, cursor: str | None) -> str:
    """The address of the next or previous page; "" where there is none."""
    return with_query(query, cursor=cursor) if cursor else ""


def without_value(query: QueryDict, key: str, value: str) -> str:
    """The address of the same list without one value of a key that may have several."""
    copy = query.copy()
    copy.setlist(key, [other for other in copy.getlist(key) if other != value])
    return with_query(copy)


def read(record: Any, getter: Getter) -> Any:
    """The value at a dotted path (attributes or keys) or of a function; a gap on the way gives None."""
    if callable(getter):
        return getter(record)
    value = record
    for part in getter.split("."):
        if value is None:
            return None
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value() if callable(value) else value


def _cell(column: Column, record: Any, label: str = "") -> Cell:
    value = read(record, column.value or column.name)
    if column.html is not None:
        return Cell(column, value, column.html(record), label)
    if column.template:
        html = render_to_string(column.template, {"row": record, "value": value})
        return Cell(column, value, html, label)
    inner = cells.draw(column.kind, value, _optional(record, column.label_of))
    url, sub = _optional(record, column.url), _optional(record, column.sub)
    if url:
        inner = format_html('<a href="{}">{}</a>', url, inner)
    if sub:
        inner = format_html('{}<div class="zk-sub">{}</div>', inner, sub)
    return Cell(column, value, inner, label)


def _optional(record: Any, getter: Getter) -> str:
    if not getter:
        return ""
    value = read(record, getter)
    return "" if value is None else str(value)
