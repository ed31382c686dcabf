"""A statistic as a file: all groups, numbers as numbers, their units in the heads."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhike.crm.portfolio import sheets
from zhike.crm.statistics.measures import Measure, Value
from zhike.crm.statistics.queries import Cube
from zhike.crm.statistics.tables import change, columns, earlier_heads

UNITS = {"money_whole": "¥", "percent": "%", "trend": "%", "points": "%"}
Rows = list[list[Any]]


def response(cube: Cube, kind: str) -> HttpResponse:
    rows = [*about(cube), [], *(_pivot(cube) if cube.columns else _grid(cube))]
    return sheets.response(kind, f"statistics-{cube.base.as_of.isoformat()}", rows)


def about(cube: Cube) -> Rows:
    """What the numbers are: measure, period, day."""
    days = cube.choice.days(cube.base)
    since = cube.base.since(days).isoformat() if days else ""
    period = f"{since} – {cube.base.as_of.isoformat()}" if days else _("All time")
    found: Rows = [
        [cube.choice.title],
        [_("Period"), period],
        [_("Data as of"), cube.base.as_of.isoformat()],
    ]
    if cube.choice.of:
        found.append([pgettext("of customers", "Segment"), cube.choice.of.name])
    if cube.before is not None:
        found.append([_("Compared with"), cube.choice.earlier_name])
    return found


def _grid(cube: Cube) -> Rows:
    measures = columns(cube)
    heads = [cube.rows.label, *(_head(one, str(one.label)) for one in measures)]
    heads[2:2] = [f"{head} ({UNITS[kind]})" if kind in UNITS else head for head, kind in earlier_heads(cube)]
    lines = [
        _line(cube, measures, cube.row_names[key], cube.by_row.get(key), cube.value_before(key))
        for key in cube.shown
    ]
    return [heads, *lines, _line(cube, measures, _("Total"), cube.total, cube.all_before)]


def _line(cube: Cube, measures: list[Measure], label: str, sums: Any, then: Value) -> list[Any]:
    found = [label, *(_number(cube, one, sums) for one in measures)]
    if cube.before is not None:
        now = cube.value(sums)
        found[2:2] = [_plain(cube.choice.measure, then), _percent(change(cube, now, then))]
    return found


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
            *(_plain(measure, cube.at(row, column)) for column in cube.across),
            _plain(measure, cube.row_value(row)),
        ]
        for row in cube.shown
    ]
    total = [_plain(measure, cube.column_value(column)) for column in cube.across]
    return [heads, *lines, [_("Total"), *total, _number(cube, measure, cube.total)]]


def _head(measure: Measure, text: str) -> str:
    unit = UNITS.get(measure.kind)
    return f"{text} ({unit})" if unit else text


def _number(cube: Cube, measure: Measure, sums: Any) -> Any:
    """Shares in per cent, as their head says."""
    return _plain(measure, cube.value(sums, measure))


def _plain(measure: Measure, value: Value) -> Any:
    return _percent(value) if measure.kind == "percent" else value


def _percent(value: Value) -> float | None:
    return None if value is None else round(float(value) * 100, 4)
