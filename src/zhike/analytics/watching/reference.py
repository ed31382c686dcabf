"""How a measure was distributed when a tier model was fixed, read from the model itself.

The break-points of a dimension say which percentage of the customers had a strictly worse value than each of
some values (``zhike.analytics.tiers.score``). Those are cumulative shares, so the base of that day needs not
be kept to be compared with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from zhike.analytics.distribution import Distribution
from zhike.analytics.literals import Number, plain

LOWER = "lower"
BINS = 10
#: How far below a multiple of a tenth an edge may lie, and the least share of the last bin.
SLACK, LAST = 0.005, 0.045


def bins_of_knots(
    points: Sequence[tuple[Number, float]], direction: str
) -> tuple[tuple[Number, ...], tuple[float, ...]]:
    """Edges in ascending order and the shares of the bins between them (one more than edges).

    Where higher is better a bin begins with its edge (edge ≤ x), where lower is better it ends with it
    (x ≤ edge): the break-points know the shares strictly below or strictly above.
    """
    if direction == LOWER:
        below = [(value, 1 - score / 100) for value, score in points[:-1]]
    else:
        below = [(value, score / 100) for value, score in points[1:]]
    return _merged(below)


def bins_of(found: Distribution) -> tuple[tuple[Number, ...], tuple[int, ...]]:
    """Edges near the deciles of a distribution and the counts between them (edge ≤ x)."""
    if found.constant:
        return (), (found.size,)
    below = found.below()
    shares = [
        (plain(value), float(count) / found.size)
        for value, count in zip(found.values[1:], below[1:], strict=True)
    ]
    edges, _parts = _merged(shares)
    places = np.searchsorted(found.values, np.asarray(edges, dtype=found.values.dtype), side="left")
    cumulated = [0, *(int(below[place]) for place in places), found.size]
    return edges, tuple(b - a for a, b in pairwise(cumulated))


def _merged(below: Sequence[tuple[Number, float]]) -> tuple[tuple[Number, ...], tuple[float, ...]]:
    """From the shares below each value to about ten bins of similar size."""
    edges: list[Number] = []
    shares: list[float] = []
    last, wanted = 0.0, 1 / BINS - SLACK
    for value, share in below:
        if share >= wanted and 1 - share >= LAST:
            edges.append(value)
            shares.append(share - last)
            last = share
            wanted = (math.floor((share + SLACK) * BINS + 1e-9) + 1) / BINS - SLACK
    return tuple(edges), (*shares, 1 - last)
