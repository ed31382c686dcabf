"""The standard catalogue on Online Retail: a leaf over orders tells what the feature of the same meaning tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from zhike.analytics import Session, build
from zhike.analytics.features import CATALOGUE
from zhike.analytics.segments import members, read, standard_catalogue

FOUND = replace(standard_catalogue(), customers="segment_customers")


@pytest.fixture(scope="module")
def shop(retail_lines: tuple[Session, int]) -> Iterator[tuple[Session, int]]:
    session, last = retail_lines
    build(session, facts="facts", as_of=last, into="segment_customers")
    yield session, last
    session.drop("segment_customers")


def asked(shop: tuple[Session, int], root: dict[str, Any]) -> set[int]:
    session, as_of = shop
    query = members(read({"v": 1, "root": root}, FOUND), FOUND, as_of)
    return set(session.sql(query.text, **query.params)["customer_id"].to_pylist())


def over_orders(fn: str, **more: Any) -> dict[str, Any]:
    return {"t": "agg", "source": "order", "fn": fn, "cmp": "gte", **more}


@pytest.mark.parametrize("days", [30, 90, 365])
def test_revenue_of_the_last_days_is_the_feature_of_that_name(shop, days):
    summed = over_orders("sum", of="revenue", value="500.00", window={"last": days, "unit": "day"})
    feature = {"t": "attr", "field": f"revenue_{days}", "cmp": "gte", "value": "500.00"}
    assert asked(shop, summed) == asked(shop, feature) != set()


def test_orders_are_counted_as_the_frequency_is(shop):
    bought = {"t": "attr", "field": "revenue", "cmp": "gt", "value": "0"}
    counted = over_orders("count", value=10, where=bought)
    assert asked(shop, counted) == asked(shop, {"t": "attr", "field": "frequency", "cmp": "gte", "value": 10})


def test_the_days_since_the_last_order_are_the_recency(shop):
    bought = {"t": "attr", "field": "revenue", "cmp": "gt", "value": "0"}
    since = {"t": "recency", "source": "order", "which": "last", "where": bought, "cmp": "lte", "value": 30}
    found = asked(shop, since)
    assert found == asked(shop, {"t": "attr", "field": "recency_days", "cmp": "lte", "value": 30})
    assert found == asked(shop, {"t": "attr", "field": "last_order", "cmp": "gte", "value": "2011-11-09"})


def test_only_the_customers_and_the_published_features_are_offered():
    assert "gap_square_sum" not in FOUND.fields
    assert {name for name, one in CATALOGUE.items() if one.unit == "date"} <= set(FOUND.fields)
