"""Natural breaks: the exact optimum, equal scores together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.distribution import Distribution
from zhike.analytics.tiers.breaks import MOST_VALUES, fit, natural_breaks


def spread(groups: list[np.ndarray]) -> float:
    return sum(float(((group - group.mean()) ** 2).sum()) for group in groups if len(group))


def within(values: list[int], cuts: list[float]) -> float:
    places = np.searchsorted(cuts, values, side="right")
    return spread([np.array(values, float)[places == g] for g in range(len(cuts) + 1)])


@given(st.lists(st.integers(0, 30), min_size=4, max_size=25), st.integers(2, 4))
def test_no_other_division_has_less_spread_inside(values: list[int], classes: int) -> None:
    distinct = sorted(set(values))
    found = natural_breaks(Distribution.from_arrays(np.array(values)), classes)
    assert len(found) == classes - 1
    cuts = [cut for cut in found if cut is not None]
    assert len(cuts) == min(classes, len(distinct)) - 1
    assert set(cuts) <= set(distinct)
    others = combinations(distinct[1:], len(cuts))
    best = min((within(values, list(map(float, one))) for one in others), default=0.0)
    assert within(values, cuts) == pytest.approx(best, abs=1e-6)


def test_the_textbook_example() -> None:
    """Three clusters that anybody sees."""
    values = np.array([1, 2, 2, 3, 20, 21, 21, 22, 23, 60, 61, 65])
    assert natural_breaks(Distribution.from_arrays(values), 3) == (20.0, 60.0)
    assert fit(Distribution.from_arrays(values), (20.0, 60.0)) > 0.99


def test_with_few_values_the_best_customers_are_told_apart() -> None:
    assert natural_breaks(Distribution.from_arrays(np.array([1, 1, 5])), 4) == (None, None, 5.0)
    assert natural_breaks(Distribution.from_arrays(np.array([], dtype=float)), 3) == (None, None)
    assert natural_breaks(Distribution.from_arrays(np.array([4, 4])), 2) == (None,)


def test_many_values_are_gathered_without_losing_the_clusters() -> None:
    random = np.random.default_rng(7)
    parts = [np.round(random.normal(mean, 3, 2_000), 4) for mean in (20, 50, 80)]
    found = Distribution.from_arrays(np.concatenate(parts))
    assert len(found.values) > MOST_VALUES
    assert natural_breaks(found, 3) == (parts[1].min(), parts[2].min())
