"""Published examples of entropy weights, normalised column by column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zhike.analytics.voice import blended_weights, entropy_weights

DEPARTMENTS = [
    [100, 90, 100, 84, 90, 100, 100, 100, 100],
    [100, 100, 78.6, 100, 90, 100, 100, 100, 100],
    [75, 100, 85.7, 100, 90, 100, 100, 100, 100],
    [100, 100, 78.6, 100, 90, 100, 94.4, 100, 100],
    [100, 90, 100, 100, 100, 90, 100, 100, 80],
    [100, 100, 100, 100, 90, 100, 100, 85.7, 100],
    [100, 100, 78.6, 100, 90, 100, 55.6, 100, 100],
    [87.5, 100, 85.7, 100, 100, 100, 100, 100, 100],
    [100, 100, 92.9, 100, 80, 100, 100, 100, 100],
    [100, 90, 100, 100, 100, 100, 100, 100, 100],
    [100, 100, 92.9, 100, 90, 100, 100, 100, 100],
]


@pytest.mark.parametrize(
    ("rows", "normalise", "weights"),
    [
        ([[9, 0, 0, 0], [8, 3, 0.9, 0.5], [6, 7, 0.2, 1]], "none", [0.008565, 0.307162, 0.393265, 0.291008]),
        ([[90, 85, 70], [80, 95, 60], [85, 80, 95], [70, 75, 80]], "none", [0.188165, 0.172506, 0.639329]),
        (
            DEPARTMENTS,
            "min-max",
            [0.0758, 0.2192, 0.2714, 0.0656, 0.1052, 0.0656, 0.0661, 0.0656, 0.0656],
        ),
    ],
)
def test_the_published_examples_come_out(rows, normalise, weights):
    assert entropy_weights(rows, normalise=normalise) == pytest.approx(weights, abs=1e-3)


def test_each_column_is_measured_by_its_own_smallest_and_largest_value():
    by_all = entropy_weights((np.array(DEPARTMENTS) - 55.6) / (100 - 55.6))
    assert by_all[:3] == pytest.approx([0.1082, 0.0308, 0.1703], abs=1e-3)
    assert entropy_weights(DEPARTMENTS, normalise="min-max")[1] > 0.2


def test_a_column_that_tells_nobody_apart_weighs_nothing():
    assert entropy_weights([[1, 5], [2, 5], [3, 5]]) == pytest.approx([1, 0])


def test_without_any_difference_all_weigh_the_same():
    assert entropy_weights([[3, 5], [3, 5]]) == pytest.approx([0.5, 0.5])


def test_a_cost_is_measured_from_the_other_end():
    rows = np.array([[1.0, 1.0], [2.0, 2.0], [9.0, 9.0]])
    turned = entropy_weights(
        np.column_stack([rows[:, 0], -rows[:, 1]]), normalise="min-max", cost=[False, True]
    )
    assert turned == pytest.approx([0.5, 0.5])


@given(arrays(float, (6, 3), elements=st.floats(0, 1e6)), st.floats(0.001, 1000))
def test_the_unit_of_a_column_does_not_matter(values, factor):
    scaled = values * np.array([factor, 1, 1])
    assert entropy_weights(scaled) == pytest.approx(entropy_weights(values), abs=1e-6)


@given(arrays(float, (6, 4), elements=st.floats(0, 1e6)))
def test_weights_are_shares_of_one(values):
    weights = entropy_weights(values, normalise="min-max")
    assert np.all(weights >= -1e-12)
    assert weights.sum() == pytest.approx(1)


def test_people_and_data_are_blended_by_share_or_by_product():
    assert blended_weights([0.6, 0.4], [0.2, 0.8], share=0.5) == pytest.approx([0.4, 0.6])
    assert blended_weights([0.6, 0.4], [0.2, 0.8]) == pytest.approx([0.12 / 0.44, 0.32 / 0.44])


@pytest.mark.parametrize("rows", [[[1, 2]], [1, 2], [[1, -2], [3, 4]], [[1, float("inf")], [1, 2]]])
def test_what_cannot_be_measured_is_refused(rows):
    with pytest.raises(ValueError, match="entropy"):
        entropy_weights(rows)
