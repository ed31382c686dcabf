"""Lifecycle stages by the customer's own rhythm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.samples import AS_OF, Order, customers_arrow, histories, order, scored
from zhike.analytics.distribution import Distribution
from zhike.analytics.lifecycle import OUTSIDE, STAGES, upper_cut


def buyer(customer: int, gap: int, count: int, last: int, revenue: int = 1_000_000) -> list[Order]:
    return [order(customer, AS_OF - last - gap * i, revenue) for i in range(count)]


def base() -> list[Order]:
    """Ten customers who buy every 60 days."""
    return [one for customer in range(101, 111) for one in buyer(customer, 60, 6, 20)]


def test_the_same_silence_means_more_for_the_frequent_buyer() -> None:
    orders = base() + buyer(1, 7, 40, 100) + buyer(2, 120, 5, 100)
    _calibration, rows = scored(orders)
    assert rows[1]["lifecycle"] == "lost"
    assert rows[2]["lifecycle"] == "repeat"
    assert rows[1]["expected_gap"] < 15 < rows[2]["expected_gap"]


def test_few_own_gaps_are_pulled_towards_the_population() -> None:
    calibration, rows = scored(base() + buyer(1, 1, 2, 5))
    assert calibration.rhythm.gap == 60
    assert rows[1]["expected_gap"] == pytest.approx((1 + 2 * 60) / 3)


def test_a_one_time_buyer_goes_by_the_rhythm_of_the_population() -> None:
    orders = [*base(), order(1, AS_OF - 100, 9), order(2, AS_OF - 130, 9), order(3, AS_OF - 250, 9)]
    _calibration, rows = scored(orders)
    assert [rows[c]["lifecycle"] for c in (1, 2, 3)] == ["first_purchase", "at_risk", "lost"]


def test_a_daily_buyer_is_not_lost_after_a_weekend() -> None:
    _calibration, rows = scored(base() + buyer(1, 1, 200, 4))
    assert rows[1]["expected_gap"] == 7
    assert rows[1]["lifecycle"] != "lost"


def test_high_value_customers_are_the_active_repeaters_with_most_net_revenue() -> None:
    orders = base() + buyer(1, 60, 6, 20, revenue=10**9) + [order(2, AS_OF, 10**10)]
    _calibration, rows = scored(orders)
    assert rows[1]["lifecycle"] == "high_value"
    assert rows[2]["lifecycle"] == "first_purchase"
    assert rows[101]["lifecycle"] == "repeat"


def test_people_without_purchase_are_potential_and_returns_only_is_apart() -> None:
    orders = [order(1, AS_OF, 100), order(2, AS_OF, 0, returned=5)]
    _calibration, rows = scored(orders, customers=customers_arrow([1, 2, 3]))
    assert (rows[3]["lifecycle"], rows[2]["lifecycle"]) == ("potential", "returns_only")
    assert (rows[3]["tier"], rows[2]["tier"]) == (0, 0)
    assert (rows[3]["abc_class"], rows[3]["tier_score"]) == ("", None)


def test_people_exempted_from_profiling_have_no_scores() -> None:
    _calibration, rows = scored([order(1, AS_OF, 100)], customers=customers_arrow([1], profiled=False))
    row = rows[1]
    assert (row["lifecycle"], row["tier"], row["r_score"], row["abc_class"]) == ("not_profiled", 0, 0, "")
    assert row["tier_score"] is None
    assert row["reasons"] == "[]"


@given(histories())
@settings(max_examples=30, deadline=None)
def test_everybody_has_exactly_one_known_stage(orders: list[Order]) -> None:
    _calibration, rows = scored(orders)
    for row in rows.values():
        assert row["lifecycle"] in {*STAGES, *OUTSIDE}
        assert (row["overdue_ratio"] is None) == (row["frequency"] == 0)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(0, 40))
def test_an_upper_cut_is_never_reached_by_more_than_promised(values: list[int], customers: int) -> None:
    cut = upper_cut(Distribution.from_arrays(np.array(values)), customers)
    reached = 0 if cut is None else sum(v >= cut for v in values)
    assert reached <= customers
    lower = [v for v in set(values) if cut is None or v < cut]
    assert not lower or sum(v >= max(lower) for v in values) > customers
