"""Published examples; the numbers without a source are independent computations to five digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.voice import (
    InconsistentJudgementsError,
    ahp_weights,
    group_judgements,
    judgement_matrix,
    weigh,
    worst_judgements,
)

DRINKS = [
    9,
    5,
    2,
    1,
    1,
    1 / 2,
    1 / 3,
    1 / 9,
    1 / 9,
    1 / 9,
    1 / 9,
    1 / 3,
    1 / 4,
    1 / 3,
    1 / 9,
    1 / 2,
    1,
    1 / 3,
    2,
    1 / 2,
    1 / 3,
]
TOURIST_SITE = [1 / 2, 4, 3, 3, 7, 5, 5, 1 / 2, 1 / 3, 1]
FIVE = [1 / 3, 1 / 2, 3, 2, 2, 5, 4, 4, 3, 1 / 2]


@pytest.mark.parametrize(
    ("upper", "weights", "largest", "ratio"),
    [
        # Saaty 2008; published .177 .019 .042 .116 .190 .129 .327.
        (DRINKS, [0.1775, 0.0191, 0.0418, 0.1164, 0.1896, 0.1288, 0.3268], 7.1766, 0.0223),
        # 姜启源《数学模型》, where five pairs are judged.
        (TOURIST_SITE, [0.2636, 0.4758, 0.0538, 0.0981, 0.1087], 5.0721, 0.0161),
        (FIVE, [0.1599, 0.4185, 0.2625, 0.0618, 0.0973], 5.0681, 0.0152),
        ([3, 5, 3], [0.6370, 0.2583, 0.1047], 3.0385, 0.0332),
    ],
)
def test_the_published_examples_come_out(upper, weights, largest, ratio):
    found, value, consistency = ahp_weights(judgement_matrix(upper))
    assert found == pytest.approx(weights, abs=1e-3 / 2)
    assert value == pytest.approx(largest, abs=1e-3)
    assert consistency == pytest.approx(ratio, abs=1e-3)


def test_the_tourist_site_is_as_the_textbook_prints_it():
    found, _value, _ratio = ahp_weights(judgement_matrix(TOURIST_SITE))
    assert found == pytest.approx([0.263, 0.475, 0.055, 0.090, 0.110], abs=0.01)


def test_a_second_layer_weighs_what_the_first_gives_it():
    criteria = weigh(judgement_matrix(TOURIST_SITE))
    places = [[2, 5, 2], [1 / 3, 1 / 8, 1 / 3], [1, 3, 3], [3, 4, 1], [1, 1 / 4, 1 / 4]]
    found = np.array([ahp_weights(judgement_matrix(one))[0] for one in places])
    assert criteria @ found == pytest.approx([0.2993, 0.2453, 0.4554], abs=1e-3)


def test_judgements_that_contradict_each_other_are_refused_and_the_worst_are_shown():
    matrix = judgement_matrix([3, 1 / 5, 3])
    assert ahp_weights(matrix)[1:] == pytest.approx((4.838, 1.58), abs=0.01)
    with pytest.raises(InconsistentJudgementsError) as caught:
        weigh(matrix)
    assert [(one.i, one.j) for one in sorted(caught.value.worst, key=lambda one: (one.i, one.j))] == [
        (0, 1),
        (0, 2),
        (1, 2),
    ]


def test_one_planted_slip_among_five_criteria_is_pointed_out():
    weights = np.array([0.4, 0.25, 0.2, 0.1, 0.05])
    matrix = weights[:, None] / weights[None, :]
    matrix[1, 3], matrix[3, 1] = 1 / 7, 7
    [worst] = worst_judgements(matrix)
    assert (worst.i, worst.j) == (1, 3)
    assert worst.given == pytest.approx(1 / 7)
    assert worst.implied > 3 * worst.given


def test_one_expert_more_of_the_same_mind_changes_nothing():
    matrix = judgement_matrix(FIVE)
    assert group_judgements([matrix, matrix]) == pytest.approx(matrix)


def test_experts_of_opposite_minds_leave_all_equal():
    first, second = judgement_matrix([3, 5, 3]), judgement_matrix([1 / 3, 1 / 5, 1 / 3])
    assert weigh(group_judgements([first, second])) == pytest.approx([1 / 3] * 3)


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=10))
def test_judgements_that_follow_from_weights_give_the_weights_back(given_weights):
    weights = np.array(given_weights) / sum(given_weights)
    found, largest, ratio = ahp_weights(weights[:, None] / weights[None, :])
    assert found == pytest.approx(weights, abs=1e-9)
    assert largest == pytest.approx(len(weights), abs=1e-6)
    assert ratio == pytest.approx(0, abs=1e-6)


@given(st.permutations(range(5)))
def test_the_order_of_the_criteria_does_not_matter(order):
    matrix = judgement_matrix(FIVE)
    moved = matrix[np.ix_(order, order)]
    assert ahp_weights(moved)[0] == pytest.approx(ahp_weights(matrix)[0][order])


@pytest.mark.parametrize(
    "matrix",
    [[[1, 2], [2, 1]], [[1, 0], [0, 1]], [[1, -2], [-0.5, 1]], [[1, 2, 3]], [[1, float("nan")], [1, 1]], []],
)
def test_what_is_no_matrix_of_judgements_is_refused(matrix):
    with pytest.raises(ValueError, match="judgement"):
        ahp_weights(matrix)


def test_an_incomplete_triangle_is_refused():
    with pytest.raises(ValueError, match="triangle"):
        judgement_matrix([1, 2])
