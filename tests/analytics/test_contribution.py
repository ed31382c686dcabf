"""Contribution by any grouping."""

from __future__ import annotations

import pytest

from analytics.samples import AS_OF, customers_arrow, features_of, order
from zhike.analytics.contribution import contribution

ORDERS = [order(1, AS_OF - 10, 600, cost=100), order(2, AS_OF - 20, 300, returned=100, cost=50),
          order(3, AS_OF - 30, 200)]  # fmt: skip


def test_each_customer_has_a_share_of_the_total() -> None:
    with features_of(ORDERS) as session:
        rows = contribution(session, "features").to_pylist()
    assert [row["customer_id"] for row in rows[:1]] == [1]
    assert rows[0]["net_revenue_share"] == pytest.approx(0.6)
    assert sum(row["revenue_share"] for row in rows) == pytest.approx(1)


def test_groups_sum_their_customers_and_know_whose_margin_is_known() -> None:
    customers = customers_arrow([1, 2, 3]).append_column("region", [["310000", "310000", "110000"]])
    with features_of(ORDERS, customers=customers) as session:
        rows = {row["region"]: row for row in contribution(session, "features", ["region"]).to_pylist()}
    shanghai = rows["310000"]
    assert (shanghai["customers"], shanghai["revenue"], shanghai["returns"]) == (2, 900, 100)
    assert (shanghai["margin"], shanghai["margin_customers"], shanghai["tenure_days"]) == (650, 2, 15.0)
    assert (rows["110000"]["margin"], rows["110000"]["margin_customers"]) == (None, 0)
    assert shanghai["customers_share"] == pytest.approx(2 / 3)
