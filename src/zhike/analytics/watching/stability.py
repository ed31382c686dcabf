"""The population stability index: how far a base has moved from the one that a model was fixed on.

    PSI = Σ (aᵢ − eᵢ) · ln(aᵢ / eᵢ)

over bins with the expected share e (when the model was fixed) and the actual share a (now). It is the sum of
both Kullback–Leibler divergences (Jeffreys 1946), became known by credit scorecards (Siddiqi, Credit Risk
Scorecards, 2006), and is read by the same rule of thumb: below 0.1 stable, up to 0.25 worth watching, above
0.25 the base is another one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WATCH, ALARM = 0.10, 0.25
STABLE, WATCHED, DRIFTED = "stable", "watch", "drifted"


@dataclass(frozen=True)
class Bin:
    """Shares of one bin before and now, and its part of the index."""

    expected: float
    actual: float
    contribution: float


@dataclass(frozen=True)
class Stability:
    """The index with what each bin adds. ``empty`` bins had nobody on one side and were given half a head."""

    index: float
    bins: tuple[Bin, ...]
    empty: int

    @property
    def standing(self) -> str:
        return standing(self.index)


def standing(index: float) -> str:
    """stable (below 0.1), watch (up to 0.25) or drifted (above)."""
    if index < WATCH:
        return STABLE
    return DRIFTED if index > ALARM else WATCHED


def population_stability(expected: Sequence[float], actual: Sequence[float]) -> Stability:
    """The index of counts per bin, in the same order of bins.

    The logarithm of an empty bin is infinite although a small base leaves a bin empty by chance: where one
    side has nobody, half a customer is put into the bin on that side (Haldane 1956), the shares of that side
    being taken of all including the halves. A bin that is empty on both sides says nothing and adds nothing.
    Raises ValueError for sides with other bins, and for a side without customers.

    >>> round(population_stability([50, 50], [60, 40]).index, 4)
    0.0405
    """
    if len(expected) != len(actual):
        raise ValueError("both sides need the same bins")
    if not sum(expected) > 0 or not sum(actual) > 0:
        raise ValueError("both sides need customers")
    places = [i for i, pair in enumerate(zip(expected, actual, strict=True)) if max(pair) > 0]
    before, now = _shares(expected, places), _shares(actual, places)
    bins = [Bin(0.0, 0.0, 0.0)] * len(expected)
    for place, e, a in zip(places, before, now, strict=True):
        bins[place] = Bin(e, a, (a - e) * math.log(a / e))
    empty = sum(1 for i in places if min(expected[i], actual[i]) <= 0)
    return Stability(math.fsum(one.contribution for one in bins), tuple(bins), empty)


def _shares(counts: Sequence[float], places: Sequence[int]) -> list[float]:
    filled = [counts[i] if counts[i] > 0 else 0.5 for i in places]
    total = math.fsum(filled)
    return [count / total for count in filled]
