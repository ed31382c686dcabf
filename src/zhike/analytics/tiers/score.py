"""Scores of 0–100 per dimension: the percentage of customers with a strictly worse value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from zhike.analytics.distribution import Distribution
from zhike.analytics.literals import Number, number, plain
from zhike.analytics.tiers.model import LOWER

Knot = tuple[Number, float]

# Shares at which a long distribution is sampled; between two knots the score runs in a straight line.
GRID = (*(step / 10 for step in range(10)), 0.95, 0.975, 0.99)
SCORE_DIGITS, TOTAL_DIGITS = 2, 4


def knots(distribution: Distribution, direction: str) -> tuple[Knot, ...]:
    """Break-points by value, ascending; empty when all customers are equal (nothing to measure)."""
    if distribution.constant:
        return ()
    worse = distribution.above() if direction == LOWER else distribution.below()
    places = _places(worse / distribution.size, len(distribution.values))
    return tuple(
        (plain(distribution.values[i]), round(100 * float(worse[i]) / distribution.size, 6)) for i in places
    )


def _places(shares: Any, size: int) -> list[int]:
    if size <= len(GRID) + 1:
        return list(range(size))
    nearest = {int(np.argmin(np.abs(shares - share))) for share in GRID}
    return sorted(nearest | {0, size - 1})


def interpolate(value: float, points: Sequence[Knot]) -> float:
    """The score of a value, as the engine computes it."""
    for (x0, s0), (x1, s1) in pairwise(points):
        if value < x1:
            return s0 if value <= x0 else s0 + (value - x0) * ((s1 - s0) / (x1 - x0))
    return points[-1][1]


def score_sql(column: str, points: Sequence[Knot]) -> str:
    """The score of a column as SQL, NULL where the value is unknown."""
    first, last = points[0], points[-1]
    arms = [f"WHEN {column} <= {number(first[0])} THEN {_double(first[1])}"]
    for (x0, s0), (x1, s1) in pairwise(points):
        # Two points at one value are a jump, not a line.
        if x0 == x1:
            continue
        line = f"{_double(s0)} + ({column} - {number(x0)}) * {_double((s1 - s0) / (x1 - x0))}"
        arms.append(f"WHEN {column} < {number(x1)} THEN {line}")
    chain = " ".join(arms)
    return f"ROUND(CASE WHEN {column} IS NULL THEN NULL {chain} ELSE {_double(last[1])} END, {SCORE_DIGITS})"


def _double(value: float) -> str:
    return f"{float(value):.17e}"


def value_for(score: float, points: Sequence[Knot], direction: str, *, whole: bool) -> Number | None:
    """The least demanding value that scores at least ``score``; None when no value does."""
    ordered = list(points) if direction != LOWER else list(reversed(points))
    if ordered[0][1] >= score:
        return ordered[0][0]
    for (x0, s0), (x1, s1) in pairwise(ordered):
        if s1 >= score and x0 == x1:
            return _beside(x0, direction, whole=whole)
        if s1 >= score:
            found = x0 + (score - s0) * (x1 - x0) / (s1 - s0)
            return _rounded(found, direction) if whole else found
    return None


def _beside(value: Number, direction: str, *, whole: bool) -> Number:
    """At a jump the better score begins with the value itself, or just below it where lower is better."""
    if direction != LOWER:
        return value
    return math.ceil(value) - 1 if whole else math.nextafter(value, -math.inf)


def _rounded(value: float, direction: str) -> int:
    return math.floor(value + 1e-9) if direction == LOWER else math.ceil(value - 1e-9)
