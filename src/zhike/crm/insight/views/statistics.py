"""Customer statistics: one click per attribute, a map, and two attributes crossed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.crm.insight import grouping, links
from zhike.crm.insight.grouping import DIMENSIONS, MEASURES, Dimension, Group, Measure
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import context_of, with_snapshot
from zhike.platform import charts
from zhike.platform.charts import Chart, Series, Slice
from zhike.platform.permissions import requires
from zhike.platform.templatetags import zhike_format as say

LEGEND_WIDTH = 16
BARS, SLICES, CROSS_ROWS, CROSS_COLUMNS = 20, 7, 30, 12


@requires("insight.view")
@require_GET
@with_snapshot
def statistics(request: HttpRequest, base: Snapshot) -> HttpResponse:
    dimension = DIMENSIONS.get(request.GET.get("by", ""), DIMENSIONS["region"])
    measure = MEASURES.get(request.GET.get("measure", ""), MEASURES["customers"])
    second = DIMENSIONS.get(request.GET.get("with", ""))
    second = None if second is dimension else second
    groups = grouping.groups(base, dimension, measure.code)
    context = context_of(
        base,
        dimension=dimension,
        measure=measure,
        second=second,
        dimensions=_tabs(dimension, measure, second),
        measures=MEASURES.values(),
        seconds=[one for one in DIMENSIONS.values() if one is not dimension],
        groups=[_row(group, groups) for group in groups],
        columns=[(one.code, one.label) for one in MEASURES.values()],
        total=_total(groups),
        bars=_bars(dimension, measure, groups, base),
        map=_map(measure, groups, base) if dimension.code == "region" else None,
        donut=_donut(measure, groups, base) if _fits_donut(dimension, measure, groups) else None,
        cross=_cross(base, dimension, second, measure) if second else None,
    )
    return render(request, "insight/statistics.html", context)


def _tabs(dimension: Dimension, measure: Measure, second: Dimension | None) -> list[tuple[Any, ...]]:
    kept = {"measure": measure.code, "with": second.code if second else ""}
    return [
        (one.label, links.here("insight:statistics", by=one.code, **kept), one is dimension)
        for one in DIMENSIONS.values()
    ]


def _row(group: Group, groups: list[Group]) -> dict[str, Any]:
    total = sum(one.values["customers"] for one in groups)
    money = sum(one.values["net_revenue"] or 0 for one in groups)
    return {
        "label": group.label,
        "url": group.url,
        "share": group.values["customers"] / total if total else None,
        "revenue_share": (group.values["net_revenue"] or 0) / money if money else None,
        "cells": [
            (measure.label, say.figure(group.values[code], measure.kind))
            for code, measure in MEASURES.items()
        ],
    }


def _total(groups: list[Group]) -> list[str]:
    """Sums of what can be summed."""
    return [
        say.figure(sum(group.values[code] or 0 for group in groups), measure.kind) if measure.additive else ""
        for code, measure in MEASURES.items()
    ]


def _bars(dimension: Dimension, measure: Measure, groups: list[Group], base: Snapshot) -> Chart:
    shown = groups[:BARS]
    return charts.bars(
        title=_title(dimension, measure),
        labels=[group.label for group in shown],
        series=[
            Series(
                measure.label, [group.values[measure.code] for group in shown], [group.url for group in shown]
            )
        ],
        unit=measure.unit,
        horizontal=True,
        label_title=dimension.label,
        as_of=base.as_of,
    )


def _title(dimension: Dimension, measure: Measure) -> str:
    return _("%(measure)s by %(dimension)s") % {
        "measure": measure.label,
        "dimension": str(dimension.label).lower(),
    }


def _map(measure: Measure, groups: list[Group], base: Snapshot) -> Chart:
    values = {group.key: (group.values[measure.code], group.url) for group in groups if group.key}
    title = _title(DIMENSIONS["region"], measure)
    return charts.china(title=title, values=values, unit=measure.unit, as_of=base.as_of)


def _fits_donut(dimension: Dimension, measure: Measure, groups: list[Group]) -> bool:
    if dimension.code == "region" or not measure.additive or not 1 < len(groups) <= SLICES:
        return False
    # A legend has room for short names alone.
    return max(_width(group.label) for group in groups) <= LEGEND_WIDTH


def _width(text: str) -> int:
    """Columns that a text takes; an ideograph is as wide as two letters."""
    return sum(1 if character.isascii() else 2 for character in text)


def _donut(measure: Measure, groups: list[Group], base: Snapshot) -> Chart:
    slices = [Slice(group.label, group.values[measure.code], group.url) for group in groups]
    return charts.donut(title=measure.label, slices=slices, unit=measure.unit, as_of=base.as_of)


def _cross(base: Snapshot, first: Dimension, second: Dimension, measure: Measure) -> dict[str, Any]:
    rows, columns, cells = grouping.cross(base, first, second, measure)
    shown_rows, shown_columns = rows[:CROSS_ROWS], columns[:CROSS_COLUMNS]
    row_names = grouping.names_of(base, first, shown_rows)
    column_names = grouping.names_of(base, second, shown_columns)
    largest = max((_value(cells.get((r, c)), measure) for r in shown_rows for c in shown_columns), default=0)
    return {
        "title": _("%(first)s × %(second)s") % {"first": first.label, "second": second.label},
        "columns": [column_names[key] for key in shown_columns],
        "rows": [
            (
                row_names[r],
                [_cell(cells.get((r, c)), measure, largest, column_names[c]) for c in shown_columns],
            )
            for r in shown_rows
        ],
        "hidden": max(0, len(rows) - CROSS_ROWS) + max(0, len(columns) - CROSS_COLUMNS),
    }


def _value(group: Group | None, measure: Measure) -> float:
    return float(group.values[measure.code] or 0) if group else 0.0


def _cell(group: Group | None, measure: Measure, largest: float, label: str) -> dict[str, Any]:
    """``heat`` 0–5 colours the cell by its size against the largest."""
    value = _value(group, measure)
    return {
        "label": label,
        "text": say.figure(group.values[measure.code], measure.kind) if group else "",
        "url": group.url if group else "",
        "heat": round(5 * max(value, 0) / largest) if largest > 0 else 0,
    }
