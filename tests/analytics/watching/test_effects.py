"""Effect sizes against published figures and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.watching import cliffs_delta, cohens_d, cramers_v, share_difference, strength

VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=30)


def test_cohens_d_as_borenstein_and_others_compute_it():
    """Introduction to Meta-Analysis (2009), chapter 4: d = 0.5970, its variance 0.0418."""
    found = cohens_d((50, 103.0, 5.5), (50, 100.0, 4.5))
    assert found.size == pytest.approx(0.5970, abs=5e-5)
    assert ((found.high - found.low) / 2 / 1.959964) ** 2 == pytest.approx(0.0418, abs=5e-5)


def test_cohens_d_needs_two_customers_a_side_and_a_difference_between_them():
    assert cohens_d((1, 3.0, 0.0), (50, 2.0, 1.0)) is None
    assert cohens_d((10, 3.0, 0.0), (10, 3.0, 0.0)) is None


@settings(max_examples=30)
@given(VALUES, VALUES)
def test_cliffs_delta_is_that_of_all_pairs_and_of_mann_and_whitney(first, second):
    from scipy.stats import mannwhitneyu

    pairs = [(x > y) - (x < y) for x in first for y in second]
    assert cliffs_delta(first, second) == pytest.approx(sum(pairs) / len(pairs))
    u = mannwhitneyu(first, second).statistic
    assert cliffs_delta(first, second) == pytest.approx(2 * u / (len(first) * len(second)) - 1)


def test_unknown_values_are_left_out_of_cliffs_delta():
    assert cliffs_delta([1, np.nan, 3], [2, np.nan]) == 0.0
    assert cliffs_delta([np.nan], [1.0]) is None


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=8))
def test_cramers_v_is_that_of_scipy(pairs):
    from scipy.stats.contingency import association

    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    if sum(first):
        oracle = association(np.array([first, second]), method="cramer", correction=False)
        assert cramers_v(first, second) == pytest.approx(oracle)


def test_cramers_v_says_nothing_of_one_category_or_an_empty_group():
    assert cramers_v([5, 0], [7, 0]) is None
    assert cramers_v([0, 0], [7, 3]) is None
    assert cramers_v([9, 0], [0, 4]) == pytest.approx(1.0)


def test_shares_differ_in_standard_deviations():
    assert share_difference(0.5, 0.3) == pytest.approx(0.2 / math.sqrt((0.25 + 0.21) / 2))
    assert share_difference(0.2, 0.2) == 0
    assert share_difference(1.0, 1.0) == 0
    assert share_difference(0.0, 1.0) == -math.inf


@pytest.mark.parametrize(
    ("size", "kind", "word"),
    [(0.19, "d", "none"), (-0.2, "d", "small"), (0.8, "d", "large"), (-0.4, "delta", "medium"),
     (0.1, "v", "small")],
)  # fmt: skip
def test_sizes_have_words(size, kind, word):
    assert strength(size, kind) == word
