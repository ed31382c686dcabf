"""Charts as data: Python says what is shown, `static/js/charts.js` draws it.

Each builder returns a plain dict for JSON; labels are already in the reader's language. Every datum may carry
the address of the customers behind it, which a click opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from zhike.data.regions import provinces
from zhike.platform import shades
from zhike.platform.templatetags.zhike_format import is_chinese

Text = str | Promise
Number = int | float | Decimal | None
Chart = dict[str, Any]

UNITS: dict[str, Promise] = {
    "customers": pgettext_lazy("unit", "Customers"),
    "orders": pgettext_lazy("unit", "Orders"),
    "number": pgettext_lazy("unit", "Number"),
    "money": pgettext_lazy("unit", "Amount"),
    "percent": pgettext_lazy("unit", "Share"),
    "days": pgettext_lazy("unit", "Days"),
}

# Okabe and Ito's palette, darkened where needed so that it reads on white: distinct for every kind of colour
# vision.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a7a7a", "#b2a100")

UNTIERED = shades.fill(0)
STAGE_COLORS = {
    "potential": "#9aa4b2",
    "first_purchase": "#56b4e9",
    "repeat": "#0072b2",
    "high_value": "#7048c6",
    "at_risk": "#e69f00",
    "lost": "#a94438",
}


def tier_color(rank: int | None) -> str:
    """The colour of a tier by its rank, the same in badges and charts (0 or None: not tiered)."""
    return shades.fill(shades.shade(rank))


def stage_color(code: str) -> str:
    return STAGE_COLORS.get(code, UNTIERED)


@dataclass(frozen=True)
class Slice:
    label: Text
    value: Number
    url: str = ""
    color: str = ""


@dataclass(frozen=True)
class Series:
    name: Text
    values: Sequence[Number]
    urls: Sequence[str] = ()
    color: str = ""


@dataclass(frozen=True)
class Mark:
    """A named point on a curve."""

    x: float
    y: float
    text: Text
    url: str = ""


@dataclass(frozen=True)
class Cell:
    """``apart``: the cell of a merged group or a total, which takes no part in the scale of colours."""

    x: int
    y: int
    value: Number
    url: str = ""
    text: Text = ""
    apart: bool = False


@dataclass(frozen=True)
class Node:
    key: str
    label: Text
    color: str = ""
    url: str = ""


@dataclass(frozen=True)
class Flow:
    source: str
    target: str
    value: Number
    url: str = ""


def donut(
    *, title: Text, slices: Sequence[Slice], unit: str = "customers", as_of: date | None = None
) -> Chart:
    """Parts of a whole, in the order given; the legend shows count and share."""
    data = [
        {"label": str(s.label), "value": _number(s.value), "url": s.url, "color": s.color or _color(i)}
        for i, s in enumerate(slices)
    ]
    counts = [float(s.value or 0) for s in slices]
    total = sum(counts)
    rows = [
        [item["label"], item["value"], count / total if total else None]
        for item, count in zip(data, counts, strict=True)
    ]
    table = _table([("", "text"), (UNITS[unit], unit), (UNITS["percent"], "percent")], rows)
    return _chart("donut", title, unit, as_of, slices=data, table=table)


def bars(
    *,
    title: Text,
    labels: Sequence[Text],
    series: Sequence[Series],
    unit: str = "customers",
    stacked: bool = False,
    horizontal: bool = False,
    label_title: Text = "",
    as_of: date | None = None,
) -> Chart:
    """Bars by category; several series stand side by side or are stacked."""
    base = _chart("bars", title, unit, as_of, **_on_axes(label_title, labels, series, unit))
    return {**base, "stacked": stacked, "horizontal": horizontal}


def line(
    *,
    title: Text,
    labels: Sequence[Text],
    series: Sequence[Series],
    unit: str = "money",
    area: bool = False,
    label_title: Text = "",
    as_of: date | None = None,
) -> Chart:
    """Values over time (or another ordered axis)."""
    base = _chart("line", title, unit, as_of, **_on_axes(label_title, labels, series, unit))
    return {**base, "area": area}


def pareto(
    *,
    title: Text,
    points: Sequence[tuple[float, float]],
    marks: Sequence[Mark] = (),
    x_title: Text = "",
    y_title: Text = "",
    as_of: date | None = None,
) -> Chart:
    """Cumulative share of value (0–1) over the cumulative share of customers (0–1), with named points."""
    return _chart(
        "pareto",
        title,
        "percent",
        as_of,
        points=[[float(x), float(y)] for x, y in points],
        marks=[{"x": m.x, "y": m.y, "text": str(m.text), "url": m.url} for m in marks],
        xTitle=str(x_title),
        yTitle=str(y_title),
        table=_table([(x_title, "percent"), (y_title, "percent")], [list(point) for point in points]),
    )


def heat_grid(
    *,
    title: Text,
    x_labels: Sequence[Text],
    y_labels: Sequence[Text],
    cells: Sequence[Cell],
    x_title: Text = "",
    y_title: Text = "",
    unit: str = "customers",
    as_of: date | None = None,
) -> Chart:
    """A grid of counts; ``y`` counts from the bottom."""
    data = [
        {"x": c.x, "y": c.y, "value": _number(c.value), "url": c.url, "text": str(c.text), "apart": c.apart}
        for c in cells
    ]
    return _chart(
        "heat",
        title,
        unit,
        as_of,
        xLabels=_texts(x_labels),
        yLabels=_texts(y_labels),
        xTitle=str(x_title),
        yTitle=str(y_title),
        cells=data,
        table=_grid_table(f"{y_title} / {x_title}", x_labels, y_labels, data, unit),
    )


def sankey(
    *,
    title: Text,
    left: Sequence[Node],
    right: Sequence[Node],
    flows: Sequence[Flow],
    left_title: Text = "",
    right_title: Text = "",
    unit: str = "customers",
    as_of: date | None = None,
) -> Chart:
    """Movement between two dates; each flow opens the customers that moved."""
    return _chart(
        "sankey",
        title,
        unit,
        as_of,
        left=_nodes(left),
        right=_nodes(right),
        leftTitle=str(left_title),
        rightTitle=str(right_title),
        flows=[
            {"source": f.source, "target": f.target, "value": _number(f.value), "url": f.url} for f in flows
        ],
        table=_flow_table(left, right, flows, left_title, right_title, unit),
    )


def china(
    *,
    title: Text,
    values: Mapping[str, tuple[Number, str]],
    unit: str = "customers",
    beside: Sequence[Slice] = (),
    as_of: date | None = None,
) -> Chart:
    """All 34 province-level units as a grid of tiles, by their two-digit GB/T 2260 codes.

    ``beside`` is what has no place on the map: it is said below it and in the table.
    """
    chinese = is_chinese()
    tiles: list[dict[str, Any]] = []
    for province in provinces():
        value, url = values.get(province.code, (0, ""))
        label = province.short if chinese else province.name_en
        tiles.append(
            {
                "x": province.column,
                "y": province.row,
                "label": label,
                "short": label if chinese else province.letters,
                "value": _number(value),
                "url": url,
            }
        )
    rows = sorted(([tile["label"], tile["value"]] for tile in tiles), key=lambda row: -float(row[1] or 0))
    notes = [{"label": str(s.label), "value": _number(s.value), "url": s.url} for s in beside]
    rows += [[note["label"], note["value"]] for note in notes]
    table = _table([(_("Region"), "text"), (UNITS[unit], unit)], rows)
    more: Chart = {"notes": notes, "notesLabel": _("Not on the map")} if notes else {}
    return _chart("china", title, unit, as_of, tiles=tiles, table=table, **more)


def treemap(
    *,
    title: Text,
    slices: Sequence[Slice],
    unit: str = "customers",
    label_title: Text = "",
    as_of: date | None = None,
) -> Chart:
    """Parts of a whole as areas: more of them than a ring can hold."""
    data = [
        {"label": str(s.label), "value": _number(s.value), "url": s.url, "color": s.color or _color(i)}
        for i, s in enumerate(slices)
    ]
    rows = [[item["label"], item["value"]] for item in data]
    table = _table([(label_title, "text"), (UNITS[unit], unit)], rows)
    return _chart("treemap", title, unit, as_of, slices=data, table=table)


def _chart(kind: str, title: Text, unit: str, as_of: date | None, **data: Any) -> Chart:
    return {
        "type": kind,
        "title": str(title),
        "unit": unit,
        "unitLabel": str(UNITS[unit]),
        "asOf": as_of.isoformat() if as_of else "",
        **data,
    }


def _table(columns: Sequence[tuple[Text, str]], rows: list[list[Any]]) -> dict[str, Any]:
    """The chart as a table, for reading and copying."""
    return {"columns": [{"title": str(title), "kind": kind} for title, kind in columns], "rows": rows}


def _on_axes(label_title: Text, labels: Sequence[Text], series: Sequence[Series], unit: str) -> Chart:
    return {
        "labels": _texts(labels),
        "labelTitle": str(label_title),
        "series": _series(series),
        "table": _series_table(label_title, labels, series, unit),
    }


def _series_table(
    label_title: Text, labels: Sequence[Text], series: Sequence[Series], unit: str
) -> dict[str, Any]:
    columns = [(label_title, "text"), *((s.name, unit) for s in series)]
    rows = [
        [str(label), *(_number(s.values[i]) if i < len(s.values) else None for s in series)]
        for i, label in enumerate(labels)
    ]
    return _table(columns, rows)


def _grid_table(
    corner: str, x_labels: Sequence[Text], y_labels: Sequence[Text], cells: list[dict[str, Any]], unit: str
) -> dict[str, Any]:
    values = {(cell["x"], cell["y"]): cell["value"] for cell in cells}
    rows = [
        [str(label), *(values.get((x, y)) for x in range(len(x_labels)))] for y, label in enumerate(y_labels)
    ]
    return _table([(corner, "text"), *((label, unit) for label in x_labels)], rows[::-1])


def _flow_table(
    left: Sequence[Node],
    right: Sequence[Node],
    flows: Sequence[Flow],
    left_title: Text,
    right_title: Text,
    unit: str,
) -> dict[str, Any]:
    sources = {node.key: str(node.label) for node in left}
    targets = {node.key: str(node.label) for node in right}
    rows = [[sources[f.source], targets[f.target], _number(f.value)] for f in flows]
    columns = [
        (left_title or pgettext("migration", "From"), "text"),
        (right_title or pgettext("migration", "To"), "text"),
        (UNITS[unit], unit),
    ]
    return _table(columns, rows)


def _series(series: Sequence[Series]) -> list[dict[str, Any]]:
    return [
        {
            "name": str(s.name),
            "values": [_number(value) for value in s.values],
            "urls": list(s.urls),
            "color": s.color or _color(i),
        }
        for i, s in enumerate(series)
    ]


def _nodes(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    return [
        {"key": n.key, "label": str(n.label), "color": n.color or _color(i), "url": n.url}
        for i, n in enumerate(nodes)
    ]


def _color(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def _texts(texts: Sequence[Text]) -> list[str]:
    return [str(text) for text in texts]


def _number(value: Number) -> int | float | None:
    """A JSON number; money loses nothing that a picture could show."""
    return float(value) if isinstance(value, Decimal) else value
