"""Tree rules: who has a high value of something, in sentences like "orders > 3 and recency ≤ 60"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.clusters.surrogate import leaves_of, merged, plain
from zhike.analytics.workbench import design, inference
from zhike.analytics.workbench.data import Data, Floats
from zhike.analytics.workbench.result import Cell, Chart, Column, Result, Table, level, of, var
from zhike.analytics.workbench.result import plain as as_json

LEAVES, SMALLEST_SHARE, SMALLEST = 8, 0.02, 30
#: A single variable that tells the classes apart so well was usually known only afterwards.
LEAK = 0.9


def tree(
    data: Data, slots: Mapping[str, list[str]], options: Mapping[str, str], step: Callable[[int, int], None]
) -> Result:
    """A small tree for one target: a number, or one level of a category against the rest."""
    target = slots["target"][0]
    predictors = [name for name in slots["predictors"] if name != target]
    result = Result("tree", data.rows)
    rows = inference.complete_rows(result, data, [target, *predictors])
    rows = inference.sampled(result, rows)
    y, outcome = target_of(data, target, rows, options.get("level", ""))
    binary = not data.is_number(target)
    result.figures.append(("customers", len(rows), "number"))
    minority = int(min(y.sum(), len(y) - y.sum())) if binary else None
    if not inference.enough(result, len(rows), minority):
        return result
    matrix = design.columns(result, data, predictors, rows, every_level=True)
    step(1, 3)
    fitted = _fit(matrix.values, y, binary)
    apart, dated = inference.held_out(data, rows)
    step(2, 3)
    score = _predicted(_fit(matrix.values[~apart], y[~apart], binary), matrix.values[apart], binary)
    _quality(result, y[apart], score, binary, dated=dated)
    found = _leaves(fitted, matrix, y)
    _tables(result, found, target, outcome, y, binary)
    _words(result, found, target, outcome, y, binary)
    if binary:
        leaks(result, matrix, y)
    result.model = as_json({"kind": "tree", "columns": matrix.names, "target": target, "outcome": outcome})
    step(3, 3)
    return result


def target_of(data: Data, target: str, rows: NDArray[np.int64], wanted: str) -> tuple[Floats, str]:
    """The target as numbers: itself, or 1 where the category has the wanted level.

    Without a wanted one: yes of yes and no, else the rarest level.
    """
    if data.is_number(target):
        return data.number(target)[rows], ""
    coded = data.coded(target)
    codes = coded.codes[rows]
    if wanted in coded.levels:
        place = coded.levels.index(wanted)
    else:
        counts = np.bincount(codes, minlength=len(coded.levels))
        used = np.flatnonzero(counts)
        place = int(
            used[-1] if len(used) == 2 and _is_yes(coded.levels[used[-1]]) else used[np.argmin(counts[used])]
        )
    return (codes == place).astype(np.float64), coded.levels[place]


def _is_yes(text: str) -> bool:
    return text.lower() in ("yes", "true", "1", "是")


def _fit(values: Floats, y: Floats, binary: bool) -> Any:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if binary else DecisionTreeRegressor
    smallest = max(SMALLEST, int(SMALLEST_SHARE * len(y)))
    return kind(max_leaf_nodes=LEAVES, min_samples_leaf=smallest, random_state=0).fit(values, y)


def _predicted(fitted: Any, values: Floats, binary: bool) -> Floats:
    if not binary:
        return np.asarray(fitted.predict(values))
    return np.asarray(
        fitted.predict_proba(values)[:, -1] if len(fitted.classes_) > 1 else np.zeros(len(values))
    )


def _quality(result: Result, y: Floats, score: Floats, binary: bool, *, dated: bool) -> None:
    if binary:
        found = inference.auc(y > 0, score)
        result.figures.append(("auc", found, "decimal"))
        weak = found < 0.6
    else:
        spread = float(((y - y.mean()) ** 2).sum()) or 1.0
        found = 1 - float(((y - score) ** 2).sum()) / spread
        result.figures.append(("r2_apart", found, "percent"))
        weak = found < 0.05
    inference.say_tested(result, len(y), dated=dated)
    if weak:
        result.warn("weak_tree")


def _leaves(fitted: Any, matrix: design.Design, y: Floats) -> list[dict[str, Any]]:
    """Every leaf with its rule, size and outcome, the strongest outcome first."""
    nodes = plain(fitted.tree_, matrix.values, lambda node: node)
    found = []
    for path, rows in leaves_of(nodes, matrix.values):
        if len(rows):
            conditions = [[name, low, high] for name, low, high in merged(path[:-1], matrix.names)]
            found.append({"rule": as_json(conditions), "rows": len(rows), "outcome": float(y[rows].mean())})
    return sorted(found, key=lambda leaf: -leaf["outcome"])


def _tables(
    result: Result, found: list[dict[str, Any]], target: str, outcome: str, y: Floats, binary: bool
) -> None:
    kind = "percent" if binary else "unit"
    title: Cell = (
        level(target, outcome) if binary else {"code": "t_mean_of", "values": {"variable": var(target)}}
    )
    heads = [
        Column({"code": "t_rule"}),
        Column({"code": "customers"}, "number"),
        Column(title, kind),
        Column({"code": "t_times"}, "decimal"),
    ]
    base = float(y.mean())
    rows = [
        [
            {"rule": leaf["rule"]},
            leaf["rows"],
            leaf["outcome"] if binary else of(target, leaf["outcome"]),
            leaf["outcome"] / base if base > 0 else None,
        ]
        for leaf in found
    ]
    result.tables.append(Table("leaves", heads, rows))
    labels = [{"rule": leaf["rule"]} for leaf in found]
    series = [(title, [leaf["outcome"] for leaf in found])]
    unit = "percent" if binary else "variable"
    result.charts.append(Chart("leaves", "bars", labels, series, unit, {"target": var(target)}))


def _words(
    result: Result, found: list[dict[str, Any]], target: str, outcome: str, y: Floats, binary: bool
) -> None:
    base = float(y.mean())
    if len(found) < 2:
        result.say("tree_finds_nothing", target=var(target))
        return
    for leaf, code in ((found[0], "tree_high"), (found[-1], "tree_low")):
        facts = {"rule": {"rule": leaf["rule"]}, "rows": leaf["rows"]}
        if binary:
            result.say(
                f"{code}_share", **facts, outcome=level(target, outcome), share=leaf["outcome"], base=base
            )
        else:
            result.say(
                f"{code}_mean",
                **facts,
                target=var(target),
                mean=of(target, leaf["outcome"]),
                base=of(target, base),
            )
    result.warn("not_a_cause")


def leaks(result: Result, matrix: design.Design, y: Floats) -> None:
    """Name the variables that alone tell the classes apart too well to have been known before."""
    suspects = {
        matrix.origins[i]
        for i in range(len(matrix.names))
        if abs(inference.auc(y > 0, matrix.values[:, i]) - 0.5) > LEAK - 0.5
    }
    if suspects:
        result.warn("leak", columns={"vars": sorted(suspects)})
