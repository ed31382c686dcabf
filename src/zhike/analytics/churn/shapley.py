"""Exact Shapley values of tiny trees, by table.

A tree of a few splits has a few patterns of decisions (eight for three splits), and equal patterns have
equal contributions. Each pattern's are computed once, by the definition over all subsets of the tree's
features with the training rows as weights (S. M. Lundberg et al., "From local explanations to global
understanding with explainable AI for trees", Nature Machine Intelligence 2 (2020)); a customer costs
comparisons and look-ups.
They equal LightGBM's own ``pred_contrib``, an order of magnitude sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations
from math import factorial
from typing import Any

import numpy as np

from zhike.analytics.churn.metrics import Floats

# Rows that stay in the processor's cache.
CHUNK = 8_192


@dataclass(frozen=True)
class Split:
    feature: int
    threshold: float
    # Where a missing value goes, or None: it counts as zero.
    missing_left: bool | None


@dataclass(frozen=True)
class TreeTable:
    """``values[pattern, i]`` is the contribution of ``features[i]`` when the splits decide so."""

    splits: list[Split]
    features: list[int]
    values: Floats
    expected: float


class TreeTables:
    """``contributions(matrix)`` (n, k) and ``expected``; together they are the log-odds."""

    def __init__(self, booster: Any) -> None:
        trees = booster.dump_model()["tree_info"]
        self.tables = [table for tree in trees if (table := _table(tree["tree_structure"]))]
        self.expected = sum(_expected(tree["tree_structure"]) for tree in trees)

    def contributions(self, matrix: Floats) -> Floats:
        found = np.zeros((matrix.shape[1], len(matrix)))
        for start in range(0, len(matrix), CHUNK):
            part = np.ascontiguousarray(matrix[start : start + CHUNK].T)
            self._add(part, found[:, start : start + CHUNK])
        return found.T

    def _add(self, columns: Floats, total: Floats) -> None:
        gaps = np.isnan(columns)
        filled = np.where(gaps, 0.0, columns)
        for table in self.tables:
            pattern = np.zeros(columns.shape[1], dtype=np.int64)
            for place, split in enumerate(table.splits):
                left = filled[split.feature] <= split.threshold
                if split.missing_left is not None and gaps[split.feature].any():
                    left = np.where(gaps[split.feature], split.missing_left, left)
                pattern += left.astype(np.int64) << place
            for place, feature in enumerate(table.features):
                total[feature] += table.values[:, place].take(pattern)


def _table(root: dict[str, Any]) -> TreeTable | None:
    """None for a tree without a split."""
    nodes = list(_nodes(root))
    if not nodes:
        return None
    splits = [_split(node) for node in nodes]
    place = {id(node): i for i, node in enumerate(nodes)}
    features = sorted({split.feature for split in splits})
    values = np.array([_shapley(root, pattern, place, features) for pattern in range(2 ** len(nodes))])
    return TreeTable(splits, features, values, _expected(root))


def _nodes(node: dict[str, Any]) -> Any:
    if "split_feature" in node:
        yield node
        yield from _nodes(node["left_child"])
        yield from _nodes(node["right_child"])


def _split(node: dict[str, Any]) -> Split:
    left = node["default_left"] if node["missing_type"] == "NaN" else None
    return Split(node["split_feature"], node["threshold"], left)


def _shapley(root: dict[str, Any], pattern: int, place: dict[int, int], features: list[int]) -> list[float]:
    size = len(features)
    known = {
        chosen: _mean(root, pattern, place, chosen)
        for chosen in chain.from_iterable(combinations(features, n) for n in range(size + 1))
    }
    found = []
    for feature in features:
        total = 0.0
        for chosen, value in known.items():
            if feature not in chosen:
                weight = factorial(len(chosen)) * factorial(size - len(chosen) - 1) / factorial(size)
                total += weight * (known[tuple(sorted((*chosen, feature)))] - value)
        found.append(total)
    return found


def _mean(node: dict[str, Any], pattern: int, place: dict[int, int], known: tuple[int, ...]) -> float:
    """Mean output where only the ``known`` features decide and the others follow the training rows."""
    if "split_feature" not in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return _mean(left if pattern >> place[id(node)] & 1 else right, pattern, place, known)
    weights = _rows(left), _rows(right)
    parts = (_mean(child, pattern, place, known) for child in (left, right))
    return sum(w * part for w, part in zip(weights, parts, strict=True)) / sum(weights)


def _expected(root: dict[str, Any]) -> float:
    return _mean(root, 0, {}, ())


def _rows(node: dict[str, Any]) -> int:
    return int(node.get("internal_count", node.get("leaf_count", 0)))
