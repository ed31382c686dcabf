"""How much two groups differ, in sizes that do not grow with the number of customers.

With a hundred thousand customers every difference is "significant"; what matters is its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Half the width of a 95 % interval in standard errors.
Z = 1.959963984540054
#: From which absolute value a size is small, medium, large.
THRESHOLDS = {
    "d": (0.2, 0.5, 0.8),  # Cohen 1988
    "delta": (0.147, 0.33, 0.474),  # Romano et al. 2006
    "v": (0.1, 0.3, 0.5),  # Cohen 1988, for one degree of freedom
}
STRENGTHS = ("none", "small", "medium", "large")


@dataclass(frozen=True)
class Effect:
    """A size with its 95 % interval."""

    size: float
    low: float
    high: float


def strength(size: float, kind: str) -> str:
    """none, small, medium or large, by the thresholds of ``kind`` (d, delta or v)."""
    return STRENGTHS[sum(abs(size) >= bound for bound in THRESHOLDS[kind])]


def cohens_d(first: tuple[int, float, float], second: tuple[int, float, float]) -> Effect | None:
    """The difference of two means in pooled standard deviations, from (n, mean, standard deviation).

        d = (m₁ − m₂) / s,   s² = ((n₁ − 1) s₁² + (n₂ − 1) s₂²) / (n₁ + n₂ − 2)
        Var d = (n₁ + n₂) / (n₁ n₂) + d² / (2 (n₁ + n₂))

    Cohen 1988; the variance is that of Hedges and Olkin 1985. None when a group has fewer than two customers
    or nobody differs from anybody.
    """
    (n, mean, spread), (m, other, scatter) = first, second
    if min(n, m) < 2:
        return None
    pooled = math.sqrt(((n - 1) * spread**2 + (m - 1) * scatter**2) / (n + m - 2))
    if not pooled > 0 or not math.isfinite(pooled):
        return None
    d = (mean - other) / pooled
    reach = Z * math.sqrt((n + m) / (n * m) + d * d / (2 * (n + m)))
    return Effect(d, d - reach, d + reach)


def cliffs_delta(first: Any, second: Any) -> float | None:
    """How much more often a customer of the first group has more than one of the second, than less.

        δ = P(x > y) − P(x < y)      over all pairs; −1 … 1, 0 when neither side is ahead

    Cliff 1993. It asks for ranks alone, so that one very large customer does not decide. Equal to
    2 U / (n₁ n₂) − 1 of the Mann–Whitney test. Unknown values are left out; None when a side is empty.
    """
    x, y = _known(first), _known(second)
    if not len(x) or not len(y):
        return None
    ordered = np.sort(y)
    below = np.searchsorted(ordered, x, side="left").astype(np.float64)
    above = len(y) - np.searchsorted(ordered, x, side="right").astype(np.float64)
    return float((below - above).mean() / len(y))


def _known(values: Any) -> Any:
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[~np.isnan(numbers)]


def cramers_v(first: Sequence[float], second: Sequence[float]) -> float | None:
    """How strongly the group and a category go together, from the counts per category of both groups.

        V = √(χ² / n)      (two groups: the smaller side of the table less one is one); 0 … 1

    Cramér 1946. Categories without anybody are left out; None with fewer than two, or with an empty group.
    """
    table = np.asarray([first, second], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not (table.sum(axis=1) > 0).all():
        return None
    total = table.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    return float(math.sqrt(((table - expected) ** 2 / expected).sum() / total))


def share_difference(first: float, second: float) -> float:
    """The difference of two shares in standard deviations, comparable with Cohen's d.

        d = (p₁ − p₂) / √((p₁ (1 − p₁) + p₂ (1 − p₂)) / 2)

    Austin 2009. Nobody on one side and everybody on the other is infinite, equal shares are 0.
    """
    variance = (first * (1 - first) + second * (1 - second)) / 2
    if variance > 0:
        return (first - second) / math.sqrt(variance)
    return 0.0 if first == second else math.copysign(math.inf, first - second)
