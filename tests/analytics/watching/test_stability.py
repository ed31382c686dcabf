"""The population stability index against SciPy's divergences and by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.watching import population_stability, standing

COUNTS = st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)), min_size=1, max_size=12)


@given(COUNTS)
def test_the_index_is_the_sum_of_both_divergences(pairs):
    from scipy.stats import entropy

    expected, actual = [e for e, _ in pairs], [a for _, a in pairs]
    oracle = entropy(actual, expected) + entropy(expected, actual)
    assert population_stability(expected, actual).index == pytest.approx(oracle, abs=1e-9)


def test_a_case_by_hand_with_the_part_of_each_bin():
    found = population_stability([100, 200, 700], [200, 200, 600])
    assert [one.contribution for one in found.bins] == pytest.approx(
        [0.1 * math.log(2), 0.0, -0.1 * math.log(6 / 7)]
    )
    assert found.index == pytest.approx(sum(one.contribution for one in found.bins))
    assert found.index == pytest.approx(0.0847, abs=1e-4)
    assert found.standing == "stable"


def test_an_empty_bin_gets_half_a_customer_and_stays_finite():
    found = population_stability([10, 10, 0], [10, 0, 10])
    assert found.empty == 2
    assert math.isfinite(found.index)
    assert found.bins[1].actual == pytest.approx(0.5 / 20.5)
    assert found.standing == "drifted"


def test_a_bin_without_anybody_on_both_sides_adds_nothing():
    assert population_stability([10, 0, 30], [30, 0, 10]).index == pytest.approx(
        population_stability([10, 30], [30, 10]).index
    )


@given(COUNTS)
def test_it_is_never_negative_and_zero_for_the_same_base(pairs):
    expected, actual = [e for e, _ in pairs], [a for _, a in pairs]
    assert population_stability(expected, actual).index >= -1e-12
    assert population_stability(expected, [3 * e for e in expected]).index == pytest.approx(0, abs=1e-12)


def test_the_rule_of_thumb_has_its_limits_where_it_says():
    assert [standing(x) for x in (0.0, 0.0999, 0.1, 0.25, 0.2501)] == [
        "stable", "stable", "watch", "watch", "drifted",
    ]  # fmt: skip


@pytest.mark.parametrize(("expected", "actual"), [([1], [1, 2]), ([0, 0], [1, 2]), ([1, 2], [0, 0])])
def test_what_cannot_be_compared_is_refused(expected, actual):
    with pytest.raises(ValueError, match="both sides"):
        population_stability(expected, actual)
