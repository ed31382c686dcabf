"""A statistic as a table: groups with their measures and shares, or rows × columns with totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.crm.statistics.measures import MEASURES, Measure
from zhike.crm.statistics.queries import Cube, companions
from zhike.platform.templatetags import zhike_format as say


@dataclass(frozen=True)
class Shown:
    """A cell: its text, where it leads, and how strong its colour is (0–5)."""

    label: str
    text: str
    url: str = ""
    heat: int = 0


@dataclass(frozen=True)
class Line:
    label: str
    url: str
    cells: list[Shown]


@dataclass(frozen=True)
class Grid:
    heads: list[str]
    lines: list[Line]
    total: list[Shown]
    total_url: str


def grid(cube: Cube) -> Grid:
    """The groups of one dimension with all columns; shares only where groups make a whole."""
    shown = columns(cube)
    lines = [
        Line(
            cube.row_names[key],
            cube.url(key),
            [_cell(cube, one, cube.by_row.get(key)) for one in shown],
        )
        for key in cube.shown
    ]
    heads = [str(one.label) for one in shown]
    return Grid(heads, lines, [_cell(cube, one, cube.total) for one in shown], cube.total_url)


def columns(cube: Cube) -> list[Measure]:
    found = companions(cube.choice)
    if cube.rows.dimension.several:
        return found
    known = {one.code for one in found}
    return found + [MEASURES[code] for code in ("customer_share", "revenue_share") if code not in known]


def _cell(cube: Cube, measure: Measure, sums: Any) -> Shown:
    return Shown(str(measure.label), say.figure(cube.value(sums, measure), measure.kind))


def pivot(cube: Cube) -> Grid:
    """Rows × columns of the chosen measure; the last column and the last line are totals."""
    measure = cube.choice.measure
    largest = max((_size(cube, cube.cells.get((r, c))) for r in cube.shown for c in cube.across), default=0)
    lines = [_pivot_line(cube, measure, row, largest) for row in cube.shown]
    heads = [cube.column_names[key] for key in cube.across]
    total = [
        Shown(
            cube.column_names[key],
            say.figure(cube.value(cube.by_column.get(key)), measure.kind),
            cube.column_url(key),
        )
        for key in cube.across
    ]
    everybody = Shown("", say.figure(cube.value(cube.total), measure.kind), cube.total_url)
    return Grid(heads, lines, [*total, everybody], cube.total_url)


def _pivot_line(cube: Cube, measure: Measure, row: Any, largest: float) -> Line:
    cells = []
    for column in cube.across:
        sums = cube.cells.get((row, column))
        if sums is None:
            cells.append(Shown(cube.column_names[column], ""))
            continue
        heat = round(5 * max(_size(cube, sums), 0) / largest) if largest > 0 else 0
        text, url = say.figure(cube.value(sums), measure.kind), cube.url(row, column, both=True)
        cells.append(Shown(cube.column_names[column], text, url, heat))
    total = Shown("", say.figure(cube.value(cube.by_row.get(row)), measure.kind), cube.url(row))
    return Line(cube.row_names[row], cube.url(row), [*cells, total])


def _size(cube: Cube, sums: Any) -> float:
    return float(cube.value(sums) or 0) if sums is not None else 0.0
