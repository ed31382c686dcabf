"""The base of the day on which tiers were fixed, got back from the break-points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.distribution import Distribution
from zhike.analytics.tiers.score import knots
from zhike.analytics.watching.reference import bins_of, bins_of_knots

VALUES = st.lists(st.integers(0, 60), min_size=2, max_size=300).filter(lambda values: len(set(values)) > 1)


@settings(max_examples=40)
@given(VALUES, st.sampled_from(["higher", "lower"]))
def test_break_points_give_the_shares_that_customers_had(values, direction):
    edges, shares = bins_of_knots(knots(Distribution.from_arrays(values), direction), direction)
    side = "left" if direction == "lower" else "right"
    places = np.searchsorted(np.asarray(edges, dtype=float), values, side=side)
    counted = np.bincount(places, minlength=len(shares)) / len(values)
    assert shares == pytest.approx(list(counted), abs=1e-5)
    assert sum(shares) == pytest.approx(1)


@settings(max_examples=40)
@given(VALUES)
def test_bins_of_a_distribution_count_everybody_once(values):
    edges, counts = bins_of(Distribution.from_arrays(values))
    places = np.searchsorted(np.asarray(edges, dtype=float), values, side="right")
    assert counts == tuple(np.bincount(places, minlength=len(counts)))


def test_a_long_distribution_gets_about_ten_bins():
    edges, counts = bins_of(Distribution.from_arrays(np.arange(1000)))
    assert len(edges) in (9, 10)
    assert max(counts) <= 110


def test_equal_customers_are_one_bin():
    assert bins_of(Distribution.from_arrays([3, 3, 3])) == ((), (3,))


@pytest.mark.parametrize(("last", "edges"), [(3, ()), (5, (1,))])
def test_a_handful_at_the_end_is_no_bin_of_its_own(last, edges):
    found, counts = bins_of(Distribution.from_arrays([0] * (100 - last) + [1] * last))
    assert (found, sum(counts)) == (edges, 100)
