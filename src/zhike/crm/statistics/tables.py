"""A statistic as a table: groups with their measures and shares, or rows × columns with totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext

from zhike.crm.statistics.axes import OTHERS
from zhike.crm.statistics.measures import MEASURES, Measure, Value
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
    lines = [Line(cube.row_names[key], cube.url(key), _group_cells(cube, shown, key)) for key in cube.shown]
    first, *rest = [str(one.label) for one in shown]
    heads = [first, *([head for head, _kind in earlier_heads(cube)]), *rest]
    total = [_cell(cube, one, cube.total) for one in shown]
    total[1:1] = _earlier(cube, cube.value(cube.total), cube.all_before)
    return Grid(heads, lines, total, cube.total_url)


def earlier_heads(cube: Cube) -> list[tuple[str, str]]:
    """The columns of a comparison, with their kinds: what it was, and how it changed."""
    if cube.before is None:
        return []
    kind = cube.choice.measure.kind
    return [
        (cube.choice.earlier_name, kind),
        (pgettext("figure", "Change"), "points" if kind == "percent" else "trend"),
    ]


def change(cube: Cube, now: Value, then: Value) -> float | None:
    """As a part of what it was; of shares the difference. From nothing there is no rate of growth."""
    if now is None or then is None:
        return None
    if cube.choice.measure.kind == "percent":
        return float(now) - float(then)
    return (float(now) - float(then)) / float(then) if then > 0 else None


def _group_cells(cube: Cube, shown: list[Measure], key: Any) -> list[Shown]:
    sums = cube.by_row.get(key)
    cells = [_cell(cube, one, sums) for one in shown]
    cells[1:1] = _earlier(cube, cube.value(sums), cube.value_before(key), cube.url_before(key))
    return cells


def _earlier(cube: Cube, now: Value, then: Value, url: str = "") -> list[Shown]:
    found: list[Shown] = []
    for (head, kind), value in zip(earlier_heads(cube), (then, change(cube, now, then)), strict=False):
        found.append(Shown(head, say.figure(value, kind), url if not found else ""))
    return found


def columns(cube: Cube) -> list[Measure]:
    found = companions(cube.choice)
    if cube.rows.dimension.several:
        return found
    known = {one.code for one in found}
    shares = [MEASURES[code] for code in ("customer_share", "revenue_share") if code not in known]
    return found + [one for one in shares if cube.choice.with_money or not one.private]


def _cell(cube: Cube, measure: Measure, sums: Any) -> Shown:
    return Shown(str(measure.label), say.figure(cube.value(sums, measure), measure.kind))


def pivot(cube: Cube) -> Grid:
    """Rows × columns of the chosen measure; the last column and the last line are totals."""
    measure = cube.choice.measure
    # Merged groups would take the strong colours away from all others.
    kept = [(row, column) for row in cube.kept("row") for column in cube.kept("column")]
    largest = max((float(cube.at(*pair) or 0) for pair in kept), default=0)
    lines = [_pivot_line(cube, measure, row, largest) for row in cube.shown]
    heads = [cube.column_names[key] for key in cube.across]
    total = [
        Shown(
            cube.column_names[key],
            say.figure(cube.column_value(key), measure.kind),
            cube.column_url(key),
        )
        for key in cube.across
    ]
    everybody = Shown("", say.figure(cube.value(cube.total), measure.kind), cube.total_url)
    return Grid(heads, lines, [*total, everybody], cube.total_url)


def _pivot_line(cube: Cube, measure: Measure, row: Any, largest: float) -> Line:
    cells = []
    for column in cube.across:
        if (row, column) not in cube.cells:
            cells.append(Shown(cube.column_names[column], ""))
            continue
        apart = largest <= 0 or OTHERS in (row, column)
        value = cube.at(row, column)
        heat = 0 if apart else round(5 * max(float(value or 0), 0) / largest)
        text, url = say.figure(value, measure.kind), cube.url(row, column, both=True)
        cells.append(Shown(cube.column_names[column], text, url, heat))
    total = Shown("", say.figure(cube.row_value(row), measure.kind), cube.url(row))
    return Line(cube.row_names[row], cube.url(row), [*cells, total])
