"""A statistic as a file: all groups, numbers as numbers, their units in the heads."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from zhike.crm.portfolio import sheets
from zhike.crm.statistics.measures import Measure
from zhike.crm.statistics.queries import Cube
from zhike.crm.statistics.tables import columns

UNITS = {"money_whole": "¥", "percent": "%"}
Rows = list[list[Any]]


def response(cube: Cube, kind: str) -> HttpResponse:
    rows = [*about(cube), [], *(_pivot(cube) if cube.columns else _grid(cube))]
    return sheets.response(kind, f"statistics-{cube.base.as_of.isoformat()}", rows)


def about(cube: Cube) -> Rows:
    """What the numbers are: measure, period, day."""
    days = cube.choice.days(cube.base)
    since = cube.base.since(days).isoformat() if days else ""
    period = f"{since} – {cube.base.as_of.isoformat()}" if days else _("All time")
    return [
        [cube.choice.title],
        [_("Period"), period],
        [_("Data as of"), cube.base.as_of.isoformat()],
    ]


def _grid(cube: Cube) -> Rows:
    measures = columns(cube)
    heads = [cube.rows.label, *(_head(one, str(one.label)) for one in measures)]
    lines = [
        [cube.row_names[key], *(_number(cube, one, cube.by_row.get(key)) for one in measures)]
        for key in cube.shown
    ]
    total = [_("Total"), *(_number(cube, one, cube.total) for one in measures)]
    return [heads, *lines, total]


def _pivot(cube: Cube) -> Rows:
    measure = cube.choice.measure
    assert cube.columns is not None
    corner = f"{cube.rows.label} / {cube.columns.label}"
    heads = [
        corner,
        *(_head(measure, cube.column_names[key]) for key in cube.across),
        _head(measure, _("Total")),
    ]
    lines = [
        [
            cube.row_names[row],
            *(_number(cube, measure, cube.cells.get((row, column))) for column in cube.across),
            _number(cube, measure, cube.by_row.get(row)),
        ]
        for row in cube.shown
    ]
    total = [_number(cube, measure, cube.by_column.get(column)) for column in cube.across]
    return [heads, *lines, [_("Total"), *total, _number(cube, measure, cube.total)]]


def _head(measure: Measure, text: str) -> str:
    unit = UNITS.get(measure.kind)
    return f"{text} ({unit})" if unit else text


def _number(cube: Cube, measure: Measure, sums: Any) -> Any:
    """Shares in per cent, as their head says."""
    value = cube.value(sums, measure)
    if value is None:
        return None
    if measure.kind == "percent":
        return round(float(value) * 100, 4)
    return value
