"""Cross-tab: whether two characteristics go together; and a pivot of a number by both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from zhike.analytics.workbench import inference
from zhike.analytics.workbench.data import Coded, Data, Floats
from zhike.analytics.workbench.result import Cell, Chart, Column, Result, Table, level, of, var

LEVELS, PARTS = 15, 4
#: Cramér's V from which a connection is small, medium, large (Cohen 1988, for one degree of freedom).
SMALL, MEDIUM, LARGE = 0.1, 0.3, 0.5
#: Share of cells with an expected count below five from which chi² is not to be trusted (Cochran 1954).
SPARSE = 0.2


def crosstab(
    data: Data, slots: Mapping[str, list[str]], options: Mapping[str, str], step: Callable[[int, int], None]
) -> Result:
    """Counts and row shares, chi² with Cramér's V; with a ``value`` its ``aggregate`` per cell too."""
    first, second = slots["rows"][0], slots["columns"][0]
    result = Result("crosstab", data.rows)
    rows, row_cells = levels_of(data, first)
    columns, column_cells = levels_of(data, second)
    known = (rows.codes >= 0) & (columns.codes >= 0)
    if not known.all():
        missing = int((~known).sum())
        result.warn("rows_left_out", rows=missing, share=missing / max(1, data.rows))
    counts = _counts(rows, columns, known)
    step(1, 2)
    result.tables += [_count_table(first, row_cells, column_cells, counts)]
    result.tables += [_share_table(first, row_cells, column_cells, counts)]
    result.charts.append(_shares_chart(first, second, row_cells, column_cells, counts))
    _test(result, first, second, row_cells, column_cells, counts)
    for name in slots.get("value", []):
        aggregate = AGGREGATES[options.get("aggregate", "mean")]
        _pivot(result, data, name, aggregate, rows, columns, row_cells, column_cells)
    step(2, 2)
    return result


def levels_of(data: Data, name: str) -> tuple[Coded, list[Cell]]:
    """A category as it is; a number in quarters of the customers, by value."""
    if not data.is_number(name):
        coded = data.coded(name, most=LEVELS)
        return coded, [level(name, one) for one in coded.levels]
    values = data.number(name)
    known = np.isfinite(values)
    cuts = np.unique(np.quantile(values[known], np.arange(1, PARTS) / PARTS)) if known.any() else np.array([])
    codes = np.where(known, np.searchsorted(cuts, np.where(known, values, 0), side="left"), -1)
    used = np.unique(codes[codes >= 0])
    edges = [None, *(float(cut) for cut in cuts), None]
    cells = [{"bin": [name, edges[i], edges[i + 1]]} for i in used]
    place = np.full(len(edges) + 1, -1)
    place[used] = np.arange(len(used))
    return Coded(np.where(codes >= 0, place[codes], -1), [str(i) for i in used]), cells


def _counts(rows: Coded, columns: Coded, known: np.ndarray) -> Floats:
    key = rows.codes[known] * len(columns.levels) + columns.codes[known]
    size = len(rows.levels) * len(columns.levels)
    return np.bincount(key, minlength=size).astype(float).reshape(len(rows.levels), -1)


def _count_table(first: str, rows: list[Cell], columns: list[Cell], counts: Floats) -> Table:
    heads = [
        Column(var(first)),
        *(Column(one, "number") for one in columns),
        Column({"code": "t_total"}, "number"),
    ]
    body = [[row, *map(int, line), int(line.sum())] for row, line in zip(rows, counts, strict=True)]
    body.append([{"code": "t_total"}, *map(int, counts.sum(axis=0)), int(counts.sum())])
    return Table("counts", heads, body)


def _share_table(first: str, rows: list[Cell], columns: list[Cell], counts: Floats) -> Table:
    heads = [Column(var(first)), *(Column(one, "percent") for one in columns)]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    body = [[row, *map(float, line)] for row, line in zip(rows, shares, strict=True)]
    overall = counts.sum(axis=0) / max(counts.sum(), 1)
    return Table("row_shares", heads, [*body, [{"code": "t_total"}, *map(float, overall)]])


def _shares_chart(first: str, second: str, rows: list[Cell], columns: list[Cell], counts: Floats) -> Chart:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    series = [(one, [float(v) for v in shares[:, i]]) for i, one in enumerate(columns)]
    return Chart(
        "row_shares", "stacked", rows, series, "percent", {"rows": var(first), "columns": var(second)}
    )


def _test(
    result: Result, first: str, second: str, rows: list[Cell], columns: list[Cell], counts: Floats
) -> None:
    total = int(counts.sum())
    result.figures.append(("customers", total, "number"))
    if not inference.enough(result, total):
        return
    found = inference.independence(counts)
    result.figures += [
        ("chi2", found.chi2, "decimal"),
        ("df", found.df, "number"),
        ("p", found.p, "p"),
        ("cramers_v", found.cramers_v, "decimal"),
    ]
    if found.df < 1:
        result.warn("one_level_only")
        return
    facts = {"rows": var(first), "columns": var(second), "p": found.p, "v": found.cramers_v}
    if found.p >= inference.SIGNIFICANT:
        result.say("independent", **facts)
    else:
        result.say(f"together_{strength(found.cramers_v)}", **facts)
        _most_unusual(result, rows, columns, counts)
    if found.sparse > SPARSE:
        result.warn("sparse_cells", share=found.sparse)
    result.warn("not_a_cause")


def strength(v: float) -> str:
    """How strong a connection is, in a word: its size counts, not how certain it is."""
    return "large" if v >= LARGE else "medium" if v >= MEDIUM else "small" if v >= SMALL else "tiny"


def _most_unusual(result: Result, rows: list[Cell], columns: list[Cell], counts: Floats) -> None:
    """The cell that holds most beyond what chance would put there (adjusted residual)."""
    total = counts.sum()
    row, column = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    expected = row * column / total
    spread = np.sqrt(np.maximum(expected * (1 - row / total) * (1 - column / total), 1e-12))
    residual = np.where(counts >= 10, (counts - expected) / spread, -np.inf)
    i, j = np.unravel_index(int(np.argmax(residual)), residual.shape)
    if residual[i, j] > 3:
        share, overall = counts[i, j] / row[i, 0], column[0, j] / total
        result.say("most_unusual", row=rows[i], column=columns[j], share=float(share), overall=float(overall))


@dataclass(frozen=True)
class Aggregate:
    """What a cell of a pivot shows: codes of the table, its corner and the chart; ``of`` values, numbers of
    cells and how many cells there are."""

    table: str
    corner: str
    chart: str
    of: Callable[[Floats, np.ndarray, int], Floats]
    # False where a cell of few customers is as good as any other.
    thin: bool = True


def _sums(values: Floats, key: np.ndarray, size: int) -> Floats:
    filled = np.bincount(key, minlength=size) > 0
    return np.where(filled, np.bincount(key, values, minlength=size), np.nan)


def _means(values: Floats, key: np.ndarray, size: int) -> Floats:
    counts = np.bincount(key, minlength=size)
    return _sums(values, key, size) / np.maximum(counts, 1)


def _medians(values: Floats, key: np.ndarray, size: int) -> Floats:
    found = np.full(size, np.nan)
    for cell in np.unique(key):
        found[cell] = np.median(values[key == cell])
    return found


def _known(_values: Floats, key: np.ndarray, size: int) -> Floats:
    return np.bincount(key, minlength=size).astype(float)


AGGREGATES = {
    "mean": Aggregate("means", "t_mean_of", "cell_means", _means),
    "sum": Aggregate("sums", "t_sum_of", "cell_sums", _sums, thin=False),
    "median": Aggregate("cell_medians", "t_median_of", "cell_medians", _medians),
    "count": Aggregate("known", "t_count_of", "cell_known", _known, thin=False),
}


def _pivot(
    result: Result,
    data: Data,
    name: str,
    aggregate: Aggregate,
    rows: Coded,
    columns: Coded,
    row_cells: list[Cell],
    column_cells: list[Cell],
) -> None:
    values, counted = data.number(name), aggregate.of is _known
    known = (rows.codes >= 0) & (columns.codes >= 0) & np.isfinite(values)
    width = len(columns.levels)
    key = rows.codes[known] * width + columns.codes[known]
    size = len(rows.levels) * width
    found = aggregate.of(values[known], key, size).reshape(-1, width)
    corner = Column({"code": aggregate.corner, "values": {"variable": var(name)}})
    heads = [corner, *(Column(one, "number" if counted else "unit") for one in column_cells)]
    cells = [[None if not np.isfinite(v) else float(v) for v in line] for line in found]
    body = [
        [row, *(None if v is None else int(v) if counted else of(name, v) for v in line)]
        for row, line in zip(row_cells, cells, strict=True)
    ]
    result.tables.append(Table(aggregate.table, heads, body))
    series = [(one, [line[i] for line in cells]) for i, one in enumerate(column_cells)]
    unit = "number" if counted else data.variables[name].unit
    result.charts.append(Chart(aggregate.chart, "heat", row_cells, series, unit, {"variable": var(name)}))
    counts = np.bincount(key, minlength=size)
    if aggregate.thin and (counts[counts > 0] < 10).any():
        result.warn("thin_cells")
