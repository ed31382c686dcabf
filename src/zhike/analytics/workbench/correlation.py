"""Correlation: which numbers rise and fall together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zhike.analytics.workbench import inference
from zhike.analytics.workbench.data import Data, Floats
from zhike.analytics.workbench.result import Chart, Column, Result, Table, var

#: Correlations below it are not worth a word, however certain they are.
WEAK = 0.1
TOLD = 3
#: So close that one variable says all that the other says.
SAME = 0.95


def correlation(
    data: Data, slots: Mapping[str, list[str]], options: Mapping[str, str], step: Callable[[int, int], None]
) -> Result:
    """Spearman (default) or Pearson correlations of complete rows, with p-values adjusted above 20 pairs."""
    names = slots["variables"]
    result = Result("correlation", data.rows)
    rows = inference.complete_rows(result, data, names)
    values = np.column_stack([data.number(name)[rows] for name in names])
    result.figures.append(("customers", len(rows), "number"))
    constant = [
        name for name, column in zip(names, values.T, strict=True) if len(column) < 3 or np.ptp(column) == 0
    ]
    if constant:
        result.warn("constant", columns={"vars": constant})
        names = [name for name in names if name not in constant]
        values = values[:, [i for i, name in enumerate(slots["variables"]) if name in names]]
    if len(names) < 2 or len(rows) < 3:
        result.hush("few_rows", rows=len(rows), needed=inference.MIN_ROWS)
        return result
    step(1, 2)
    found = matrix(values, method=options.get("method", "spearman"))
    result.tables.append(_matrix_table(names, found))
    result.charts.append(_heat(names, found))
    _pairs(result, names, found, len(rows))
    step(2, 2)
    return result


def matrix(values: Floats, *, method: str) -> Floats:
    """Correlations of the columns, shape (d, d); Spearman's are Pearson's of the ranks."""
    from scipy.stats import rankdata

    if method == "spearman":
        values = rankdata(values, axis=0)
    return np.clip(np.corrcoef(values, rowvar=False), -1, 1)


def p_value(r: Any, rows: int) -> Floats:
    """Two-sided, by Student's t with n - 2 degrees of freedom."""
    from scipy.stats import t

    r = np.asarray(r, dtype=np.float64)
    statistic = r * np.sqrt((rows - 2) / np.maximum(1 - r**2, 1e-300))
    return np.asarray(2 * t.sf(np.abs(statistic), rows - 2))


def _matrix_table(names: list[str], found: Floats) -> Table:
    columns = [Column({"code": "t_variable"}), *(Column(var(name), "decimal") for name in names)]
    return Table(
        "correlations", columns, [[var(a), *map(float, line)] for a, line in zip(names, found, strict=True)]
    )


def _heat(names: list[str], found: Floats) -> Chart:
    series = [(var(name), [float(v) for v in found[:, i]]) for i, name in enumerate(names)]
    return Chart("correlations", "heat", [var(name) for name in names], series, "number")


def _pairs(result: Result, names: list[str], found: Floats, rows: int) -> None:
    first, second = np.triu_indices(len(names), 1)
    r = found[first, second]
    trusted = inference.enough(result, rows)
    p = p_value(r, rows) if trusted else np.full(len(r), np.nan)
    if trusted and len(r) > inference.MANY_TESTS:
        p = inference.fdr(p)
        result.warn("fdr", tests=len(r))
    order = np.argsort(-np.abs(r), kind="stable")
    body = [[var(names[first[i]]), var(names[second[i]]), float(r[i]), float(p[i])] for i in order]
    columns = [
        Column({"code": "t_first"}),
        Column({"code": "t_second"}),
        Column({"code": "t_correlation"}, "decimal"),
        Column({"code": "t_p"}, "p"),
    ]
    result.tables.append(Table("pairs", columns, body))
    if trusted:
        _tell(result, names, first, second, r, p, order)


def _tell(
    result: Result, names: list[str], first: Any, second: Any, r: Floats, p: Floats, order: Any
) -> None:
    strong = [i for i in order if abs(r[i]) >= WEAK and p[i] < inference.SIGNIFICANT]
    for i in strong[:TOLD]:
        code = "rise_together" if r[i] > 0 else "move_apart"
        result.say(
            code, first=var(names[first[i]]), second=var(names[second[i]]), r=float(r[i]), p=float(p[i])
        )
    if not strong:
        result.say("no_correlation")
    for i in strong:
        if abs(r[i]) >= SAME:
            result.warn("same_thing", first=var(names[first[i]]), second=var(names[second[i]]))
            break
    result.warn("not_a_cause")
