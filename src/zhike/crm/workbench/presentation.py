"""A stored result as the page, the file and the list show it: figures, charts, tables and sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from zhike.analytics.workbench import RECIPES, Result
from zhike.analytics.workbench.reading import Reader
from zhike.analytics.workbench.result import Chart, Table
from zhike.crm.insight import labels
from zhike.crm.workbench import wording
from zhike.crm.workbench.models import Analysis
from zhike.platform import charts
from zhike.platform.charts import Cell as HeatCell
from zhike.platform.charts import Series, Slice

NUMERIC = frozenset({"number", "decimal", "percent", "p", "unit", "small", "loading"})
UNITS = {"money": "money", "share": "percent", "percent": "percent", "days": "days", "orders": "orders"}
UNITS["customers"] = "customers"
#: A table longer than this is shown in part; the file has all of it.
SHOWN_ROWS = 60
#: From this loading on a variable counts as part of a factor.
SALIENT = 0.4
ROTATED = 6
#: So many rows need a taller picture.
TALL = 9
#: Their values run from -1 to 1.
DIVERGING = frozenset({"correlations", "loadings"})


@dataclass(frozen=True)
class Cell:
    text: str
    number: bool
    label: str
    strong: bool = False
    url: str = ""


@dataclass(frozen=True)
class Shown:
    """One table: ``heads`` are (text, numeric)."""

    code: str
    title: str
    heads: list[tuple[str, bool]]
    rows: list[list[Cell]]
    more: int = 0


@dataclass(frozen=True)
class Picture:
    """A chart with the height that its rows need."""

    data: dict[str, Any]
    height: str


@dataclass(frozen=True)
class Page:
    """A result in one language."""

    figures: list[tuple[str, str]] = field(default_factory=list)
    conclusions: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    charts: list[Picture] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)
    silent: bool = False


def page(analysis: Analysis) -> Page:
    """The result in the active language; empty while there is none."""
    if not analysis.result:
        return Page()
    result = Result.from_dict(analysis.result)
    reader = wording.reader(wording.products_in(analysis.result))
    return Page(
        figures=[(reader.title(code), reader.cell(value, kind)) for code, value, kind in result.figures],
        conclusions=[reader.say(one) for one in result.conclusions],
        caveats=[reader.say(one) for one in result.caveats],
        charts=[
            Picture(_chart(analysis, one, reader), "xl" if _is_tall(one) else "md")
            for one in result.charts
            if one.labels
        ],
        tables=[_table(analysis, one, reader) for one in result.tables],
        silent=bool(result.silent),
    )


def _is_tall(chart: Chart) -> bool:
    return not _is_histogram(chart) and chart.kind != "line" and len(chart.labels) > TALL


def _is_histogram(chart: Chart) -> bool:
    """Its bars stand side by side in the order of the values."""
    first = chart.labels[0] if chart.labels else None
    return (
        isinstance(first, dict) and ("bin" in first or "value_bin" in first) and chart.code == "distribution"
    )


def headline(analysis: Analysis, reader: Reader) -> str:
    """The first sentence of the conclusion, for lists."""
    found = (analysis.result or {}).get("conclusions") or (analysis.result or {}).get("caveats")
    if not found:
        return ""
    return (
        reader.say(Result.from_dict(analysis.result).conclusions[0]) if analysis.result["conclusions"] else ""
    )


def recipe_name(code: str) -> str:
    return labels.say(RECIPES[code].name) if code in RECIPES else code


def cluster_url(analysis: Analysis, number: int) -> str:
    """The customers of one cluster in the customer list."""
    return f"{reverse('customers:list')}?{urlencode({'analysis': analysis.pk, 'cluster': number})}"


def _table(analysis: Analysis, table: Table, reader: Reader) -> Shown:
    heads = [(reader.cell(column.title), column.kind in NUMERIC) for column in table.columns]
    rows = [
        [
            _cell(analysis, value, column.kind, head, reader)
            for value, column, (head, _n) in zip(row, table.columns, heads, strict=True)
        ]
        for row in table.rows[:SHOWN_ROWS]
    ]
    return Shown(
        table.code, reader.title(f"table_{table.code}"), heads, rows, max(0, len(table.rows) - SHOWN_ROWS)
    )


def _cell(analysis: Analysis, value: Any, kind: str, head: str, reader: Reader) -> Cell:
    strong = kind == "loading" and isinstance(value, float) and abs(value) >= SALIENT
    url = cluster_url(analysis, value["cluster"][0]) if isinstance(value, dict) and "cluster" in value else ""
    return Cell(reader.cell(value, kind), kind in NUMERIC, head, strong, url)


def _chart(analysis: Analysis, chart: Chart, reader: Reader) -> dict[str, Any]:
    title = reader.title(f"chart_{chart.code}", **chart.values)
    texts = [reader.cell(label) for label in chart.labels]
    unit = UNITS.get(_unit(chart, reader), "number")
    if chart.kind == "donut":
        (_name, values), *_rest = chart.series
        slices = [
            Slice(text, value, _url(analysis, label))
            for text, value, label in zip(texts, values, chart.labels, strict=True)
        ]
        return charts.donut(title=title, slices=slices, unit=unit)
    if chart.kind == "heat":
        return _heat(chart, title, texts, unit, reader)
    series = [Series(reader.cell(name), values) for name, values in chart.series]
    if chart.kind == "line":
        return charts.line(title=title, labels=texts, series=series, unit=unit)
    # Long names need the width of the page: they stand beside the bars.
    sideways = max(map(len, texts), default=0) > ROTATED and not _is_histogram(chart)
    stacked = chart.kind == "stacked"
    return charts.bars(
        title=title, labels=texts, series=series, unit=unit, stacked=stacked, horizontal=sideways
    )


def _unit(chart: Chart, reader: Reader) -> str:
    return reader.unit(chart.values["target"]["var"]) if chart.unit == "variable" else chart.unit


def _url(analysis: Analysis, label: Any) -> str:
    return (
        cluster_url(analysis, label["cluster"][0]) if isinstance(label, dict) and "cluster" in label else ""
    )


def _heat(chart: Chart, title: str, texts: list[str], unit: str, reader: Reader) -> dict[str, Any]:
    """Rows from the top in the order given: the grid counts them from the bottom."""
    last = len(texts) - 1
    cells = [
        HeatCell(x, last - y, None if value is None else round(float(value), 4))
        for x, (_name, values) in enumerate(chart.series)
        for y, value in enumerate(values)
    ]
    columns = [reader.cell(name) for name, _values in chart.series]
    grid = charts.heat_grid(title=title, x_labels=columns, y_labels=texts[::-1], cells=cells, unit=unit)
    return {**grid, "diverging": chart.code in DIVERGING}
