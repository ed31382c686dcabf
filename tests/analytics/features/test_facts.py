"""Facts: what orders know about the purchase before."""

from __future__ import annotations

from typing import Any

from analytics.samples import Order, arrow, order
from zhike.analytics import Session, build_facts


def facts(orders: list[Order]) -> list[dict[str, Any]]:
    with Session(threads=1) as session:
        session.load("orders", arrow(orders))
        build_facts(session, orders="orders")
        rows: list[dict[str, Any]] = session.sql("SELECT * FROM facts ORDER BY order_id").to_pylist()
        return rows


def test_a_gap_is_counted_from_the_purchase_day_before() -> None:
    found = facts([order(1, 10, 5), order(1, 10, 5), order(1, 17, 5), order(2, 12, 5)])
    assert [row["gap_days"] for row in found] == [None, None, 7, None]
    assert [row["first_of_day"] for row in found] == [1, 0, 1, 1]


def test_a_return_is_no_purchase_and_breaks_no_gap() -> None:
    found = facts([order(1, 10, 5), order(1, 12, 0, returned=5), order(1, 17, 5)])
    assert [row["purchase"] for row in found] == [1, 0, 1]
    assert [row["gap_days"] for row in found] == [None, None, 7]
    assert [row["first_of_day"] for row in found] == [1, 0, 1]
