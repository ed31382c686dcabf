"""What was sold together on purpose is found again by those who may not know it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from zhike.analytics import Session
from zhike.analytics.basket import pair_rules
from zhike.analytics.recommend import evaluate_recommendation
from zhike.analytics.simulate import Company

LINES = """
SELECT s.customer_id, s.order_id, CAST(date_diff('day', DATE '1970-01-01', s.business_date) AS INT) AS day,
       p.sku AS product_id, CAST(l.quantity AS DOUBLE) AS quantity, CAST(l.amount * 10000 AS BIGINT) AS revenue
FROM order_lines l JOIN sales s USING (order_id) JOIN products p USING (product_id) WHERE l.quantity > 0
"""


@pytest.fixture(scope="module")
def sold(sql: duckdb.DuckDBPyConnection) -> Iterator[tuple[Session, int]]:
    with Session(threads=1) as session:
        session.load("lines", sql.execute(LINES).to_arrow_table())
        yield session, session.rows("SELECT MAX(day) AS d FROM lines")[0][0]


def test_planted_complements_lead_the_rules_of_pairs(sold: tuple[Session, int], company: Company) -> None:
    planted = company.facts["complements"]
    assert isinstance(planted, list)
    wanted = {tuple(sorted(pair)) for pair in planted}
    rules = pair_rules(sold[0], "lines").to_pylist()
    sure = {tuple(sorted((rule["left"], rule["right"]))) for rule in rules if rule["q_value"] < 0.05}
    assert len(wanted & sure) >= 0.8 * len(wanted)
    # Each pair stands twice, once for each direction.
    first = {tuple(sorted((rule["left"], rule["right"]))) for rule in rules[: len(wanted)]}
    assert len(first & wanted) >= 0.9 * len(first)


def test_lists_beat_popularity_where_the_truth_is_known(sold: tuple[Session, int]) -> None:
    session, last = sold
    scores = evaluate_recommendation(session, "lines", last, at=last - 90).scores
    assert scores["rebuy all"]["ndcg"] > scores["popular_recent all"]["ndcg"]
    assert scores["discover new"]["ndcg"] > scores["popular_recent new"]["ndcg"]
