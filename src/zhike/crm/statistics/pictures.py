"""The picture that suits a statistic, and the others that make sense for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from zhike.crm.statistics.axes import OTHERS, TIMES_SHOWN
from zhike.crm.statistics.dimensions import PROVINCE
from zhike.crm.statistics.queries import Cube
from zhike.data.regions import province
from zhike.platform import charts
from zhike.platform.charts import Cell, Chart, Series, Slice

#: More columns, or wider names, are bars; more slices are no ring; what is more is left to the table.
COLUMNS, WIDE, SLICES, BARS, SQUARES = 8, 14, 6, 52, 60
STACKS, PAIRS, COLORS = 14, 36, 8
LEGEND_WIDTH = 16
TALL = 24
REST = "#9aa4b2"


def suiting(cube: Cube) -> list[str]:
    """Codes of charts that can show this, the one that suits best first."""
    return _of_two(cube) if cube.columns else _of_one(cube)


def _of_one(cube: Cube) -> list[str]:
    if cube.rows.is_time:
        return ["line", "bars"]
    count, wide = len(cube.shown), max((_width(cube.row_names[key]) for key in cube.shown), default=0)
    found = ["horizontal", "bars"] if count > COLUMNS or wide > WIDE else ["bars", "horizontal"]
    if cube.before is not None:
        return found
    parts = adds_to_whole(cube)
    if parts and 2 <= count <= SLICES:
        ring_first = wide <= LEGEND_WIDTH and not cube.rows.is_ordered
        found = ["donut", *found] if ring_first else [*found, "donut"]
    if parts and count > 2:
        found.append("treemap")
    return ["map", *found] if cube.rows.dimension.kind == PROVINCE else found


def _of_two(cube: Cube) -> list[str]:
    assert cube.columns is not None
    stacked = ["stacked"] if adds_to_whole(cube) else []
    if cube.rows.is_time or cube.columns.is_time:
        return ["line", *stacked, "heat"]
    few = len(cube.across) <= COLORS
    if few and len(cube.shown) <= (PAIRS if cube.apart else STACKS):
        return [*stacked, "grouped", "heat"]
    return ["heat", *(stacked if few else []), *(["grouped"] if few else [])]


def adds_to_whole(cube: Cube) -> bool:
    """Whether the groups are parts of a whole: none counted twice, none below nothing."""
    dimensions = [one.dimension for one in (cube.rows, cube.columns) if one]
    if not cube.choice.measure.additive or any(one.several for one in dimensions):
        return False
    if cube.shares_apart:
        return False
    return all((cube.value(sums) or 0) >= 0 for sums in cube.cells.values())


def _width(text: str) -> int:
    """Columns that a text takes; an ideograph is as wide as two letters."""
    return sum(1 if character.isascii() else 2 for character in text)


def kind_of(cube: Cube) -> str:
    """The chosen chart where it can show this, else what suits."""
    found = suiting(cube)
    return cube.choice.chart if cube.choice.chart in found else found[0]


def picture(cube: Cube, kind: str = "") -> Chart:
    return _BUILDERS[kind or kind_of(cube)](cube)


def left_out(cube: Cube, kind: str) -> int:
    """How many groups the picture has no room for: they stand in the table."""
    rooms = {"horizontal": BARS, "bars": TIMES_SHOWN if cube.rows.is_time else BARS, "heat": BARS}
    room = rooms.get(kind, SQUARES if kind == "treemap" else 0)
    return max(0, len(cube.shown) - room) if room and (kind == "heat" or not cube.columns) else 0


def height(cube: Cube, kind: str) -> str:
    """Small charts for few bars, tall ones for many."""
    if kind in ("horizontal", "heat"):
        return "xl statistics-tall" if len(cube.shown) > TALL else "lg" if len(cube.shown) <= 10 else "xl"
    return "xl" if kind in ("map", "treemap") else "lg"


def _common(cube: Cube) -> dict[str, Any]:
    return {"title": cube.choice.title, "unit": cube.choice.measure.unit, "as_of": cube.base.as_of}


def color_of(cube: Cube, side: int, key: Any) -> str:
    """Tiers and stages have their own colours everywhere."""
    one = cube.columns if side else cube.rows
    assert one is not None
    if key == OTHERS:
        return REST
    if one.dimension.code == "tier":
        return charts.tier_color(key)
    return charts.stage_color(key) if one.dimension.code == "stage" else ""


def _bars(cube: Cube, *, horizontal: bool = False) -> Chart:
    most = TIMES_SHOWN if cube.rows.is_time else BARS
    return charts.bars(**_single(cube, most), horizontal=horizontal, **_common(cube))


def _single(cube: Cube, most: int) -> dict[str, Any]:
    keys = cube.shown[:most]
    values = [cube.value(cube.by_row.get(key)) for key in keys]
    name = cube.choice.measure.label if cube.before is None else _("This period")
    series = [Series(name, values, [cube.url(key) for key in keys])]
    if cube.before is not None:
        earlier = [cube.value_before(key) for key in keys]
        urls = [cube.url_before(key) for key in keys]
        series.append(Series(cube.choice.earlier_name, earlier, urls, REST))
    return {
        "labels": [cube.row_names[key] for key in keys],
        "series": series,
        "label_title": cube.rows.label,
    }


def _line(cube: Cube) -> Chart:
    """Time lies across; the other dimension, where there is one, gives the lines."""
    if cube.columns is None:
        area = cube.before is None
        return charts.line(**_single(cube, TIMES_SHOWN), area=area, **_common(cube))
    turned = not cube.rows.is_time
    return charts.line(**_many(cube, turned=turned, most=COLORS), **_common(cube))


def _many(cube: Cube, *, turned: bool = False, most: int = 1000) -> dict[str, Any]:
    """Labels along one dimension, a series for each group of the other; ``turned`` swaps them."""
    along, lines = (cube.across, cube.shown) if turned else (cube.shown, cube.across)
    names, others = (cube.column_names, cube.row_names) if turned else (cube.row_names, cube.column_names)
    axis = cube.columns if turned else cube.rows
    assert axis is not None

    def pair(key: Any, line: Any) -> tuple[Any, Any]:
        return (line, key) if turned else (key, line)

    return {
        "labels": [names[key] for key in along],
        "label_title": axis.label,
        "series": [
            Series(
                others[line],
                [cube.at(*pair(key, line)) for key in along],
                [cube.url(*pair(key, line), both=True) for key in along],
                color_of(cube, 0 if turned else 1, line),
            )
            for line in lines[:most]
        ],
    }


def _stacked(cube: Cube) -> Chart:
    turned = bool(cube.columns and cube.columns.is_time)
    return charts.bars(stacked=True, **_many(cube, turned=turned, most=COLORS), **_common(cube))


def _grouped(cube: Cube) -> Chart:
    return charts.bars(**_many(cube), **_common(cube))


def _slices(cube: Cube, most: int) -> list[Slice]:
    return [
        Slice(cube.row_names[key], cube.value(cube.by_row.get(key)), cube.url(key), color_of(cube, 0, key))
        for key in cube.shown[:most]
    ]


def _donut(cube: Cube) -> Chart:
    return charts.donut(slices=_slices(cube, SLICES), **_common(cube))


def _treemap(cube: Cube) -> Chart:
    return charts.treemap(slices=_slices(cube, SQUARES), label_title=cube.rows.label, **_common(cube))


def _map(cube: Cube) -> Chart:
    """Who lives in no province, or abroad, stands beside the map."""
    values = {
        str(key): (cube.value(sums), cube.url(key)) for key, sums in cube.by_row.items() if key != OTHERS
    }
    beside = [
        Slice(cube.row_names[key], cube.value(cube.by_row.get(key)), cube.url(key))
        for key in cube.shown
        if not province(str(key))
    ]
    return charts.china(values=values, beside=beside, **_common(cube))


def _heat(cube: Cube) -> Chart:
    assert cube.columns is not None
    rows = cube.shown[:BARS][::-1]
    return charts.heat_grid(
        x_labels=[cube.column_names[key] for key in cube.across],
        y_labels=[cube.row_names[key] for key in rows],
        cells=[
            Cell(
                x,
                y,
                cube.at(row, column),
                cube.url(row, column, both=True),
                apart=OTHERS in (row, column),
            )
            for y, row in enumerate(rows)
            for x, column in enumerate(cube.across)
            if (row, column) in cube.cells
        ],
        x_title=cube.columns.label,
        y_title=cube.rows.label,
        **_common(cube),
    )


_BUILDERS: dict[str, Callable[[Cube], Chart]] = {
    "bars": _bars,
    "horizontal": lambda cube: _bars(cube, horizontal=True),
    "line": _line,
    "donut": _donut,
    "treemap": _treemap,
    "map": _map,
    "stacked": _stacked,
    "grouped": _grouped,
    "heat": _heat,
}
