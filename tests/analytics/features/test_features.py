"""Features against an implementation that knows no SQL."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from analytics.samples import AS_OF, Order, customers_arrow, feature_rows, histories, order
from zhike.analytics import CATALOGUE
from zhike.analytics.features import numeric_features


def expected(orders: list[Order], as_of: int) -> dict[int, dict[str, Any]]:
    groups: dict[int, list[Order]] = defaultdict(list)
    for one in orders:
        if one["day"] <= as_of:
            groups[one["customer_id"]].append(one)
    return {customer: _customer(rows, as_of) for customer, rows in groups.items()}


def _customer(rows: list[Order], as_of: int) -> dict[str, Any]:
    bought = [one for one in rows if one["revenue"] > 0]
    days = sorted({one["day"] for one in bought})
    gaps = [b - a for a, b in pairwise(days)]
    revenue, returns = sum(o["revenue"] for o in rows), sum(o["returned"] for o in rows)
    costs = [o["cost"] for o in rows]
    cost = None if None in costs else sum(costs)
    margin = None if cost is None else revenue - returns - cost
    mask = 0
    for one in bought:
        mask |= one["category_mask"]
    row: dict[str, Any] = {
        "first_order": days[0] if days else None, "last_order": days[-1] if days else None,
        "frequency": len(bought), "purchase_days": len(days), "revenue": revenue, "returns": returns,
        "return_orders": sum(o["returned"] > 0 for o in rows),
        "largest_order": max((o["revenue"] for o in bought), default=None), "cost": cost,
        "longest_gap": max(gaps, default=None), "gap_square_sum": sum(g * g for g in gaps) if gaps else None,
        "category_mask": mask, "net_revenue": revenue - returns, "margin": margin,
        "recency_days": as_of - days[-1] if days else None, "tenure_days": as_of - days[0] if days else None,
        "category_count": bin(mask).count("1") or None,
        "return_rate": returns / revenue if revenue else None,
        "average_order": revenue / len(bought) if bought else None,
        "mean_gap": sum(gaps) / len(gaps) if gaps else None,
        "gap_spread": _spread(gaps),
        "margin_rate": margin / (revenue - returns) if margin is not None and revenue > returns else None,
    }  # fmt: skip
    for size in (30, 90, 365):
        inside = [o for o in bought if o["day"] > as_of - size]
        row |= {f"orders_{size}": len(inside), f"revenue_{size}": sum(o["revenue"] for o in inside)}
    before = [o for o in bought if as_of - 730 < o["day"] <= as_of - 365]
    last, previous = row["revenue_365"], sum(o["revenue"] for o in before)
    row |= {"orders_previous_365": len(before), "revenue_previous_365": previous}
    year_old = bool(days) and days[0] <= as_of - 365
    row["trend"] = (last - previous) / (last + previous) if year_old and last + previous else None
    return row


def _spread(gaps: list[int]) -> float | None:
    if len(gaps) < 2:
        return None
    mean = sum(gaps) / len(gaps)
    return math.sqrt(sum((g - mean) ** 2 for g in gaps) / len(gaps))


@given(histories())
@settings(max_examples=60, deadline=None)
def test_every_feature_equals_the_plain_python_reading(orders: list[Order]) -> None:
    found = feature_rows(orders)
    wanted = expected(orders, AS_OF)
    assert found.keys() == wanted.keys()
    for customer, row in wanted.items():
        assert row.keys() == CATALOGUE.keys()
        for name, value in row.items():
            close = value if not isinstance(value, float) else pytest.approx(value, rel=1e-9, abs=1e-6)
            assert found[customer][name] == close, name


def test_orders_after_the_as_of_day_are_ignored() -> None:
    orders = [order(1, AS_OF - 5, 100), order(1, AS_OF + 1, 900)]
    assert feature_rows(orders)[1]["revenue"] == 100


def test_a_return_lowers_net_revenue_and_leaves_revenue() -> None:
    row = feature_rows([order(1, AS_OF, 100), order(1, AS_OF, 0, returned=100)])[1]
    assert (row["revenue"], row["returns"], row["net_revenue"], row["frequency"]) == (100, 100, 0, 1)


def test_several_orders_on_a_day_are_one_purchase_day() -> None:
    row = feature_rows([order(1, AS_OF - 9, 1), order(1, AS_OF - 9, 1), order(1, AS_OF - 4, 1)])[1]
    assert (row["frequency"], row["purchase_days"], row["mean_gap"]) == (3, 2, 5.0)


def test_one_unknown_cost_makes_the_margin_unknown() -> None:
    row = feature_rows([order(1, AS_OF, 100, cost=60), order(1, AS_OF, 100)])[1]
    assert row["margin"] is None
    assert row["margin_rate"] is None


def test_sums_stay_exact_beyond_the_precision_of_doubles() -> None:
    row = feature_rows([order(1, AS_OF, 2**53 + 1), order(1, AS_OF, 2)])[1]
    assert row["revenue"] == 2**53 + 3


def test_customers_without_orders_have_a_row_with_zeros_and_unknowns() -> None:
    row = feature_rows([order(1, AS_OF, 5)], customers=customers_arrow([1, 2]))[2]
    assert (row["frequency"], row["revenue"], row["net_revenue"]) == (0, 0, 0)
    assert row["recency_days"] is None
    assert row["mean_gap"] is None


def test_attributes_of_the_customers_are_carried_through() -> None:
    customers = customers_arrow([1]).append_column("region", [["310000"]])
    assert feature_rows([order(1, AS_OF, 5)], customers=customers)[1]["region"] == "310000"


def test_orders_of_unknown_customers_are_left_out_when_customers_are_given() -> None:
    assert feature_rows([order(9, AS_OF, 5)], customers=customers_arrow([1])).keys() == {1}


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_feature_says_what_it_means_in_both_languages(name: str) -> None:
    feature = CATALOGUE[name]
    assert feature.meaning.en
    assert any("\u4e00" <= sign <= "\u9fff" for sign in feature.meaning.zh)
    assert feature.unit


def test_dates_and_helper_sums_are_no_measures() -> None:
    assert not {"first_order", "gap_square_sum", "category_mask"} & numeric_features().keys()
