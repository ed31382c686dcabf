"""Newcomers get what their segment bought lately: nothing else is known about them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from zhike.analytics.engine.session import Session, identifier
from zhike.analytics.recommend.evidence import popular_text

_SEGMENTS = """
WITH recent AS (
  SELECT DISTINCT g.customer_id, g.product_id, COALESCE(CAST(c.segment AS STRING), '') AS segment
  FROM {goods} AS g JOIN {customers} AS c ON c.customer_id = g.customer_id WHERE g.day > {since}
), sizes AS (
  SELECT segment, COUNT(*) AS customers FROM (SELECT DISTINCT customer_id, segment FROM recent) AS r
  GROUP BY segment
), counted AS (
  SELECT r.segment, r.product_id, COUNT(*) AS buyers FROM recent AS r
  JOIN {allowed} AS a ON a.product_id = r.product_id GROUP BY r.segment, r.product_id
), ranked AS (
  SELECT k.segment, k.product_id, k.buyers, s.customers,
         ROW_NUMBER() OVER (PARTITION BY k.segment ORDER BY k.buyers DESC, k.product_id) AS rank
  FROM counted AS k JOIN sizes AS s ON s.segment = k.segment WHERE s.customers >= {smallest}
)
SELECT segment, product_id, buyers, customers, CAST(rank AS INT) AS rank FROM ranked WHERE rank <= {limit}
ORDER BY segment, rank
"""
_OFFERS = """
SELECT c.customer_id, o.rank, o.product_id, o.score, o.evidence
FROM {customers} AS c JOIN _cold_offers AS o ON o.segment = COALESCE(CAST(c.segment AS STRING), '')
LEFT JOIN (SELECT DISTINCT customer_id FROM {goods}) AS g ON g.customer_id = c.customer_id
WHERE g.customer_id IS NULL ORDER BY c.customer_id, o.rank
"""


def popular_offers(
    session: Session, goods: str, customers: str, allowed: str, as_of: int, limit: int, *, days: int,
    smallest: int,
) -> pa.Table:  # fmt: skip
    """Offers to those of ``customers`` (customer_id, segment) who have bought nothing.

    A segment with fewer than ``smallest`` customers in the last ``days`` stays silent: its favourites would
    be those of a few people. An empty segment is one of its own. ``score`` is the share of the segment's
    recent customers who bought the product.
    """
    known = identifier(customers)
    text = _SEGMENTS.format(
        goods=goods, customers=known, allowed=allowed, since=int(as_of) - int(days), smallest=int(smallest),
        limit=int(limit),
    )  # fmt: skip
    found = session.sql(text)
    session.load("_cold_offers", _with_evidence(found, days))
    try:
        return session.sql(_OFFERS.format(goods=goods, customers=known))
    finally:
        session.drop("_cold_offers")


def _with_evidence(found: Any, days: int) -> pa.Table:
    rows = found.to_pylist()
    texts = [popular_text(row["segment"] or None, row["customers"], row["buyers"], days) for row in rows]
    scores = [row["buyers"] / row["customers"] for row in rows]
    return found.append_column("score", pa.array(scores, pa.float64())).append_column(
        "evidence", pa.array(texts, pa.string())
    )
