"""Describe: what the variables look like, and how groups differ in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from zhike.analytics.workbench import inference
from zhike.analytics.workbench.data import Data, Floats
from zhike.analytics.workbench.result import Chart, Column, Result, Table, level, of, var

BINS, LEVELS, GROUPS = 20, 12, 12
#: From this ratio on the mean says little about a typical customer.
SKEWED = 2.0
#: Effect (ε²) from which groups differ visibly.
VISIBLE = 0.01


def describe(
    data: Data, slots: Mapping[str, list[str]], options: Mapping[str, str], step: Callable[[int, int], None]
) -> Result:
    """Numbers by mean, spread and quantiles, categories by frequency; by groups when one is chosen."""
    result = Result("describe", data.rows)
    result.figures = [("customers", data.rows, "number"), ("variables", len(slots["variables"]), "number")]
    numbers = [name for name in slots["variables"] if data.is_number(name)]
    categories = [name for name in slots["variables"] if not data.is_number(name)]
    if numbers:
        result.tables.append(Table("numbers", NUMBER_COLUMNS, [_row(data, name) for name in numbers]))
    for place, name in enumerate(slots["variables"]):
        result.charts.append(_histogram(data, name) if data.is_number(name) else _frequencies(data, name))
        step(place + 1, len(slots["variables"]))
    result.tables += [_levels(data, name) for name in categories]
    for name in slots.get("group", []):
        _compare(result, data, name, numbers)
    _conclude(result, data, numbers, categories)
    return result


def described(data: Data, names: list[str]) -> list[Table]:
    """The plain description that stands where a recipe has nothing to conclude."""
    numbers = [name for name in names if data.is_number(name)]
    tables = [Table("numbers", NUMBER_COLUMNS, [_row(data, name) for name in numbers])] if numbers else []
    return tables + [_levels(data, name) for name in names if not data.is_number(name)]


NUMBER_COLUMNS = [
    Column({"code": "t_variable"}),
    *(Column({"code": f"t_{name}"}, "number") for name in ("known", "unknown")),
    *(
        Column({"code": f"t_{name}"}, "unit")
        for name in ("mean", "spread", "least", "quarter", "median", "three_quarters", "most")
    ),
]


def _row(data: Data, name: str) -> list[Any]:
    values = data.number(name)
    known = values[np.isfinite(values)]
    if not len(known):
        return [var(name), 0, len(values), *[None] * 7]
    spread = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    low, quarter, middle, upper, high = np.quantile(known, [0, 0.25, 0.5, 0.75, 1])
    shown = (known.mean(), spread, low, quarter, middle, upper, high)
    return [var(name), len(known), len(values) - len(known), *(of(name, float(v)) for v in shown)]


def _histogram(data: Data, name: str) -> Chart:
    """Counts between the first and the ninety-ninth percentile; what lies beyond joins the outer bars."""
    values = data.number(name)
    known = values[np.isfinite(values)]
    if not len(known):
        return Chart("distribution", "bars", [], [({"code": "customers"}, [])], values={"var": var(name)})
    low, high = np.quantile(known, [0.01, 0.99])
    whole = np.array_equal(known, np.floor(known)) and high - low < BINS
    edges = np.arange(np.floor(low), high + 2) if whole else np.linspace(low, max(high, low + 1e-9), BINS + 1)
    counts, _edges = np.histogram(np.clip(known, edges[0], np.nextafter(edges[-1], edges[0])), edges)
    pairs = pairwise(edges)
    key = "value_bin" if whole else "bin"
    labels = [{key: [name, float(a), None if whole else float(b)]} for a, b in pairs]
    return Chart(
        "distribution",
        "bars",
        labels,
        [({"code": "customers"}, counts.tolist())],
        "customers",
        {"var": var(name)},
    )


def _counts(data: Data, name: str, most: int = LEVELS) -> tuple[list[str], list[int], int]:
    coded = data.coded(name, most=most)
    known = coded.codes[coded.codes >= 0]
    return (
        coded.levels,
        np.bincount(known, minlength=len(coded.levels)).tolist(),
        int((coded.codes < 0).sum()),
    )


def _frequencies(data: Data, name: str) -> Chart:
    levels, counts, _unknown = _counts(data, name)
    return Chart(
        "distribution",
        "bars",
        [level(name, one) for one in levels],
        [({"code": "customers"}, counts)],
        "customers",
        {"var": var(name)},
    )


def _levels(data: Data, name: str) -> Table:
    levels, counts, unknown = _counts(data, name, 0)
    rows = [
        [level(name, one), count, count / max(1, data.rows)]
        for one, count in zip(levels, counts, strict=True)
    ][:200]
    if unknown:
        rows.append([{"code": "t_unknown"}, unknown, unknown / max(1, data.rows)])
    columns = [
        Column(var(name)),
        Column({"code": "customers"}, "number"),
        Column({"code": "t_share"}, "percent"),
    ]
    return Table("levels", columns, rows)


def _compare(result: Result, data: Data, name: str, numbers: list[str]) -> None:
    """Medians by group, and whether the groups differ by more than chance."""
    coded = data.coded(name, most=GROUPS)
    rows, found = [], []
    for number in numbers:
        values = data.number(number)
        groups = [values[(coded.codes == i) & np.isfinite(values)] for i in range(len(coded.levels))]
        rows.append([var(number), *(of(number, _median(group)) for group in groups)])
        found.append((number, *inference.eta_squared(groups), groups))
        series = [({"code": "t_median"}, [_median(group) for group in groups])]
        labels = [level(name, one) for one in coded.levels]
        values_ = {"var": var(number), "group": var(name)}
        result.charts.append(Chart("medians", "bars", labels, series, data.variables[number].unit, values_))
    columns = [Column({"code": "t_variable"}), *(Column(level(name, one), "unit") for one in coded.levels)]
    result.tables.append(Table("medians", columns, rows))
    if inference.enough(result, data.rows):
        _tell(result, name, coded.levels, found)


def _median(group: Floats) -> float | None:
    return float(np.median(group)) if len(group) else None


def _tell(result: Result, name: str, levels: list[str], found: list[Any]) -> None:
    adjusted = list(inference.fdr([one[2] for one in found])) if found else []
    if len(found) > inference.MANY_TESTS:
        result.warn("fdr", tests=len(found))
    p_of = adjusted if len(found) > inference.MANY_TESTS else [one[2] for one in found]
    strong = [
        one for one, p in zip(found, p_of, strict=True) if p < inference.SIGNIFICANT and one[1] >= VISIBLE
    ]
    for number, effect, p, groups in sorted(strong, key=lambda one: -one[1])[:3]:
        medians = [-np.inf if not len(group) else float(np.median(group)) for group in groups]
        top = levels[int(np.argmax(medians))]
        result.say(
            "groups_differ", variable=var(number), group=var(name), top=level(name, top), effect=effect, p=p
        )
    if found and not strong:
        result.say("groups_alike", group=var(name))
    result.warn("not_a_cause")


def _conclude(result: Result, data: Data, numbers: list[str], categories: list[str]) -> None:
    for name in numbers:
        values = data.number(name)
        known = values[np.isfinite(values)]
        if len(known) < 2:
            result.warn("nothing_known", variable=var(name))
            continue
        median, mean = float(np.median(known)), float(known.mean())
        result.say("typical", variable=var(name), median=of(name, median), mean=of(name, mean))
        if median > 0 and mean > SKEWED * median:
            result.warn("skewed", variable=var(name))
        if len(known) < 0.8 * len(values):
            result.warn("often_unknown", variable=var(name), share=1 - len(known) / len(values))
    for name in categories:
        levels, counts, _unknown = _counts(data, name, 0)
        if levels:
            top = int(np.argmax(counts))
            share = counts[top] / max(1, sum(counts))
            result.say("most_frequent", variable=var(name), level=level(name, levels[top]), share=share)
