"""Clusters in readable rules: a small decision tree on the raw units that imitates the clustering.

Thresholds are rounded before the accuracy is measured: what is reported holds for the rules as they read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.clusters.frame import Floats

Node = dict[str, Any]
DIGITS = 3
#: Rules below this accuracy are called approximate.
GOOD = 0.85


@dataclass(frozen=True)
class Rule:
    """``conditions``: (column, above or None, up to or None); ``purity``: share of its rows in the cluster;
    ``cover``: share of the cluster that it holds."""

    cluster: int
    conditions: list[tuple[str, float | None, float | None]]
    customers: int
    purity: float
    cover: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "cluster": self.cluster,
            "conditions": [list(one) for one in self.conditions],
            "customers": self.customers,
            "purity": self.purity,
            "cover": self.cover,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Rule:
        conditions = [(name, low, high) for name, low, high in data["conditions"]]
        return cls(data["cluster"], conditions, data["customers"], data["purity"], data["cover"])


@dataclass(frozen=True)
class Surrogate:
    """The tree as plain data, the rules of its leaves and how often they agree with the clusters."""

    columns: list[str]
    tree: Node
    accuracy: float
    rules: list[Rule] = field(default_factory=list)

    def predict(self, values: Floats) -> NDArray[np.int64]:
        """The cluster that the rules name, per row of shape (n, d)."""
        found = np.zeros(len(values), dtype=np.int64)
        for path, rows in leaves_of(self.tree, values):
            found[rows] = path[-1]["leaf"]
        return found

    def to_dict(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "tree": self.tree,
            "accuracy": self.accuracy,
            "rules": [rule.to_dict() for rule in self.rules],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Surrogate:
        rules = [Rule.from_dict(rule) for rule in data["rules"]]
        return cls(data["columns"], data["tree"], data["accuracy"], rules)


def imitate(
    values: Floats, labels: NDArray[Any], columns: Sequence[str], *, leaves: int, seed: int
) -> Surrogate:
    """Fit the rules for ``labels`` on raw ``values``, shape (n, d), with at most ``leaves`` leaves."""
    from sklearn.tree import DecisionTreeClassifier

    fitted = DecisionTreeClassifier(
        max_leaf_nodes=max(2, leaves), min_samples_leaf=max(1, len(values) // 200), random_state=seed
    ).fit(values, labels)
    tree = plain(
        fitted.tree_, values, lambda node: int(fitted.classes_[np.argmax(fitted.tree_.value[node][0])])
    )
    surrogate = Surrogate(list(columns), tree, 0.0)
    accuracy = float(np.mean(surrogate.predict(values) == labels))
    return Surrogate(list(columns), tree, accuracy, _rules(tree, values, labels, columns))


def plain(
    tree: Any,
    values: Floats,
    leaf: Callable[[int], Any],
    node: int = 0,
    rows: NDArray[np.int64] | None = None,
) -> Node:
    """A fitted tree of scikit-learn as plain data with rounded cuts; ``leaf`` says what a leaf holds."""
    rows = np.arange(len(values)) if rows is None else rows
    if tree.children_left[node] < 0:
        return {"leaf": leaf(node)}
    column = int(tree.feature[node])
    cut = rounded(float(tree.threshold[node]), values[rows, column])
    below = values[rows, column] <= cut
    return {
        "column": column,
        "cut": cut,
        "low": plain(tree, values, leaf, int(tree.children_left[node]), rows[below]),
        "high": plain(tree, values, leaf, int(tree.children_right[node]), rows[~below]),
    }


def rounded(cut: float, values: Floats) -> float:
    """A threshold that people can read: whole where the column is whole, else three digits."""
    if not len(values) or np.array_equal(values, np.floor(values)):
        whole = float(np.floor(cut))
        return whole if abs(whole) < 10_000 else _digits(whole)
    return _digits(cut)


def _digits(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def leaves_of(
    node: Node, values: Floats, rows: NDArray[np.int64] | None = None, path: tuple[Node, ...] = ()
) -> Iterator[tuple[tuple[Node, ...], NDArray[np.int64]]]:
    """Every leaf with the way to it ({column, above|upto} …, leaf) and the rows that reach it."""
    rows = np.arange(len(values)) if rows is None else rows
    if "leaf" in node:
        yield (*path, node), rows
        return
    below = values[rows, node["column"]] <= node["cut"]
    step = {"column": node["column"]}
    yield from leaves_of(node["low"], values, rows[below], (*path, {**step, "upto": node["cut"]}))
    yield from leaves_of(node["high"], values, rows[~below], (*path, {**step, "above": node["cut"]}))


def _rules(tree: Node, values: Floats, labels: NDArray[Any], columns: Sequence[str]) -> list[Rule]:
    found = []
    for path, rows in leaves_of(tree, values):
        if not len(rows):
            continue
        cluster = path[-1]["leaf"]
        hits = int(np.sum(labels[rows] == cluster))
        size = max(1, int(np.sum(labels == cluster)))
        conditions = merged(path[:-1], columns)
        found.append(Rule(cluster, conditions, len(rows), hits / len(rows), hits / size))
    return sorted(found, key=lambda rule: (rule.cluster, -rule.cover))


def merged(path: Sequence[Node], columns: Sequence[str]) -> list[tuple[str, float | None, float | None]]:
    """The narrowest bounds per column, in the order of the columns."""
    bounds: dict[int, tuple[float | None, float | None]] = {}
    for step in path:
        low, high = bounds.get(step["column"], (None, None))
        if "above" in step:
            low = step["above"] if low is None else max(low, step["above"])
        else:
            high = step["upto"] if high is None else min(high, step["upto"])
        bounds[step["column"]] = (low, high)
    return [(columns[place], *bounds[place]) for place in sorted(bounds)]
