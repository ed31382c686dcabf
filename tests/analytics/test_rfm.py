"""RFM scores: by value, ties together; and the eight segments."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.samples import AS_OF, Order, histories, order, scored
from zhike.analytics.distribution import Distribution
from zhike.analytics.rfm import SEGMENTS, cut_points, mean_score, segment


def score(value: int, cuts: tuple[float | None, ...], reverse: bool = False) -> int:
    return 1 + sum(c is not None and (value <= c if reverse else value >= c) for c in cuts)


@given(st.lists(st.integers(-5, 40), min_size=1, max_size=60), st.booleans())
def test_a_score_counts_the_customers_that_are_strictly_worse(values: list[int], reverse: bool) -> None:
    cuts = cut_points(Distribution.from_arrays(np.array(values)), reverse=reverse)
    for value in values:
        worse = sum(v > value if reverse else v < value for v in values)
        assert score(value, cuts, reverse) == 1 + min(4, 5 * worse // len(values))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.booleans())
def test_the_mean_score_is_the_mean_over_customers(values: list[int], reverse: bool) -> None:
    found = Distribution.from_arrays(np.array(values))
    cuts = cut_points(found, reverse=reverse)
    mean = sum(score(v, cuts, reverse) for v in values) / len(values)
    assert mean_score(found, cuts, reverse=reverse) == pytest.approx(mean)


def test_distinct_values_fall_into_five_equal_groups() -> None:
    cuts = cut_points(Distribution.from_arrays(np.arange(100)))
    assert cuts == (20, 40, 60, 80)


def test_sixty_percent_one_time_buyers_share_the_lowest_score() -> None:
    cuts = cut_points(Distribution.from_arrays(np.array([1] * 60 + [2] * 15 + [3] * 10 + [9] * 15)))
    assert [score(v, cuts) for v in (1, 2, 3, 9)] == [1, 4, 4, 5]


@pytest.mark.parametrize(("high", "code"), [
    ((True, True, True), "important_value"), ((True, False, True), "important_develop"),
    ((False, True, True), "important_keep"), ((False, False, True), "important_win_back"),
    ((True, True, False), "general_value"), ((True, False, False), "general_develop"),
    ((False, True, False), "general_keep"), ((False, False, False), "general_win_back"),
])  # fmt: skip
def test_the_eight_segments_follow_the_rule_of_the_trade(high: tuple[bool, bool, bool], code: str) -> None:
    assert segment(*high) == code
    assert len({segment(*key) for key in product((True, False), repeat=3)}) == len(SEGMENTS) == 8


@given(histories())
@settings(max_examples=30, deadline=None)
def test_equal_customers_have_equal_scores_and_segments(orders: list[Order]) -> None:
    calibration, rows = scored(orders)
    groups = defaultdict(set)
    for row in rows.values():
        if row["frequency"]:
            groups["r", row["recency_days"]].add(row["r_score"])
            groups["f", row["frequency"]].add(row["f_score"])
            groups["m", row["net_revenue"]].add(row["m_score"])
            means = calibration.rfm.means
            high = [row[f"{x}_score"] > mean for x, mean in zip("rfm", means, strict=True)]
            assert row["rfm_segment"] == segment(*high)
    assert all(len(found) == 1 for found in groups.values())


def test_customers_without_purchase_have_no_scores() -> None:
    _calibration, rows = scored([order(1, AS_OF, 100), order(2, AS_OF, 0, returned=50)])
    assert (rows[2]["r_score"], rows[2]["f_score"], rows[2]["m_score"]) == (0, 0, 0)
    assert rows[2]["rfm_segment"] == ""
