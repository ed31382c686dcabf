"""From a measured value to a score of 0–100: by rank among the customers, or by the value itself.

Every transformation ends as break-points with straight lines between them (``score.Knot``), so that one text
scores, one function explains, and one inverse tells what would lift a customer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from zhike.analytics.distribution import Distribution
from zhike.analytics.literals import Number, plain
from zhike.analytics.tiers.model import LINEAR, LOG, LOWER, STEPS, Dimension
from zhike.analytics.tiers.score import Knot, knots

#: Without bounds of a person's choice, the outermost percent on either side counts no more.
TAIL = 0.01
#: Straight pieces that stand for the logarithm; between two of them it is off by less than 0.1 points.
PIECES = 64


def dimension_knots(distribution: Distribution, dimension: Dimension) -> tuple[Knot, ...]:
    """Break-points of a dimension on a base; empty when all customers are equal (nothing to measure)."""
    if distribution.constant:
        return ()
    if dimension.transform == STEPS:
        return _steps(dimension.steps)
    if dimension.transform in (LINEAR, LOG):
        low, high = bounds_on(distribution, dimension)
        if not low < high:
            return ()
        rising = _line(low, high) if dimension.transform == LINEAR else _logarithm(low, high)
        return _turned(rising) if dimension.direction == LOWER else rising
    return knots(distribution, dimension.direction)


def bounds_on(distribution: Distribution, dimension: Dimension) -> tuple[Number, Number]:
    """The values that score 0 and 100: a person's, else the base's at 1 % and 99 %."""
    values, counts = distribution.values, distribution.counts
    if dimension.transform == LOG:
        positive = values > 0
        values, counts = values[positive], counts[positive]
    if not len(values):
        return 0, 0
    found = Distribution(values, counts)
    low, high = found.quantile(TAIL), found.quantile(1 - TAIL)
    if low == high:
        low, high = float(values[0]), float(values[-1])
    given = dimension.low, dimension.high
    return given[0] if given[0] is not None else plain(low), given[1] if given[1] is not None else plain(high)


def _line(low: Number, high: Number) -> tuple[Knot, ...]:
    return (low, 0.0), (high, 100.0)


def _logarithm(low: Number, high: Number) -> tuple[Knot, ...]:
    """100 · ln(x / low) / ln(high / low), whose break-points are equally far apart in the score."""
    scores = np.linspace(0, 100, PIECES + 1)
    points = [
        (float(low) * math.exp(float(s) / 100 * math.log(high / low)), round(float(s), 6)) for s in scores
    ]
    return ((low, 0.0), *points[1:-1], (high, 100.0))


def _turned(points: Sequence[Knot]) -> tuple[Knot, ...]:
    return tuple((x, 100.0 - score) for x, score in points)


def _steps(steps: Sequence[tuple[Number, float]]) -> tuple[Knot, ...]:
    """Each step begins at its value; the first reaches below it too. Two points at one value are a jump."""
    points: list[Knot] = [(steps[0][0], float(steps[0][1]))]
    for value, score in steps[1:]:
        points += [(value, points[-1][1]), (value, float(score))]
    return tuple(points)
