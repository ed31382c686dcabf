"""The published figures of the UCI Online Retail data, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from zhike.analytics import Calibration, Session, build, build_facts, calibrate, evaluate
from zhike.analytics.pareto import figures


@pytest.fixture(scope="module")
def retail(retail_orders: Any) -> Iterator[tuple[Session, Calibration]]:
    as_of = max(retail_orders["day"].to_pylist()) + 1
    with Session(threads=2) as session:
        session.load("orders", retail_orders)
        build_facts(session, orders="orders")
        build(session, facts="facts", as_of=as_of)
        version = calibrate(session, "features")
        evaluate(session, "features", version, as_of, into="scores")
        yield session, version


def test_customers_and_revenue_are_the_published_ones(retail: tuple[Session, Calibration]) -> None:
    session, version = retail
    found = figures(session, "features", "revenue")
    assert found.customers == version.customers == 4_338
    assert found.total == 89_114_079_040
    assert session.rows("SELECT CAST(SUM(frequency) AS BIGINT) AS n FROM features") == [(18_532,)]


def test_the_pareto_shares_are_the_published_ones(retail: tuple[Session, Calibration]) -> None:
    found = figures(retail[0], "features", "revenue")
    shares = (found.top_1_share, found.top_10_share, found.top_20_share)
    assert [round(100 * share, 2) for share in shares if share] == [32.00, 61.38, 74.62]
    assert found.customers_for_80_percent == 1_133


def test_returns_are_counted_also_of_those_who_only_returned(retail: tuple[Session, Calibration]) -> None:
    session, _version = retail
    assert session.rows("SELECT CAST(SUM(returns) AS BIGINT) AS r FROM features") == [(6_113_420_900,)]
    only = session.rows(
        "SELECT CAST(SUM(returns) AS BIGINT) AS r FROM scores WHERE lifecycle = 'returns_only'"
    )
    assert only == [(104_112_400,)]


def test_customers_who_returned_what_they_bought_are_in_no_upper_tier(
    retail: tuple[Session, Calibration],
) -> None:
    rows = retail[0].rows("SELECT tier, abc_class, m_score FROM scores WHERE customer_id IN (16446, 12346)")
    assert rows == [(1, "C", 1)] * 2


def test_tiers_stay_within_their_shares(retail: tuple[Session, Calibration]) -> None:
    counts = dict(retail[0].rows("SELECT tier, COUNT(*) AS n FROM scores GROUP BY tier"))
    assert counts[4] == 217
    assert counts[3] == 651
    assert counts[2] == 1301


def test_a_third_of_the_customers_ordered_once_and_share_one_score(
    retail: tuple[Session, Calibration],
) -> None:
    rows = retail[0].rows("SELECT f_score, COUNT(*) AS n FROM scores WHERE frequency = 1 GROUP BY f_score")
    assert rows == [(1, 1_493)]
