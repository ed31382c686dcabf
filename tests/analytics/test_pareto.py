"""Pareto figures against a list sorted by hand."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.distribution import Distribution
from zhike.analytics.pareto import abc_cut, cumulative_share, figures_of

MONEY = st.lists(st.integers(-50, 50) | st.integers(0, 10**9), min_size=1, max_size=80)


@given(MONEY)
def test_top_shares_are_those_of_the_sorted_list(values: list[int]) -> None:
    found = figures_of(Distribution.from_arrays(np.array(values)), "revenue")
    ordered, total = sorted(values, reverse=True), sum(values)
    for share, figure in ((1, found.top_1_share), (10, found.top_10_share), (20, found.top_20_share)):
        if total <= 0:
            assert figure is None
        else:
            first = -(-share * len(values) // 100)
            assert figure == pytest.approx(sum(ordered[:first]) / total)


@given(MONEY)
def test_the_customers_for_80_percent_are_the_fewest_that_reach_it(values: list[int]) -> None:
    found = figures_of(Distribution.from_arrays(np.array(values)), "revenue").customers_for_80_percent
    running = list(accumulate(sorted(values, reverse=True)))
    if running[-1] <= 0:
        assert found is None
    else:
        assert found == next(i for i, sum_ in enumerate(running, 1) if sum_ >= 0.8 * running[-1])


@given(MONEY)
def test_class_a_is_everybody_needed_for_the_first_80_percent_and_their_equals(values: list[int]) -> None:
    cut, total = abc_cut(Distribution.from_arrays(np.array(values)), 0.8), sum(values)
    for value in set(values):
        better = sum(v for v in values if v > value)
        inside = total > 0 and value > 0 and better < 0.8 * total
        assert (cut is not None and value >= cut) == inside


def test_the_curve_runs_from_nothing_to_everything() -> None:
    curve = figures_of(Distribution.from_arrays(np.array([1, 1, 8])), "revenue").curve
    assert curve == ((0.0, 0.0), (1 / 3, 0.8), (2 / 3, 0.9), (1.0, 1.0))


def test_customers_that_cost_money_lift_the_curve_above_one() -> None:
    found = figures_of(Distribution.from_arrays(np.array([10, 5, -5])), "margin")
    assert max(share for _people, share in found.curve) == pytest.approx(1.5)


def test_the_cumulative_share_keeps_ties_together() -> None:
    assert cumulative_share([1, 8, 1]).tolist() == [1.0, 0.8, 1.0]


def test_an_empty_base_has_no_shares() -> None:
    found = figures_of(Distribution.from_arrays(np.array([], dtype=np.int64)), "revenue")
    assert (found.customers, found.total, found.top_20_share, found.curve) == (0, 0, None, ())
    assert math.isclose(sum(cumulative_share([])), 0)
