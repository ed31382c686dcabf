"""Customers for a product: who has not bought it and probably will, or who buys it again and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.engine.session import Session
from zhike.analytics.recommend.evidence import bought_with, product_texts, strongest_links
from zhike.analytics.recommend.goods import NOT_GOODS, goods_sql, scratch
from zhike.analytics.recommend.matrix import Floats, Purchases, purchases
from zhike.analytics.recommend.models import EASE_LIMIT, choose_model

SCHEMA = pa.schema(
    [("customer_id", pa.int64()), ("rank", pa.int32()), ("score", pa.float64()), ("evidence", pa.string())]
)
_BUYERS = """
WITH days AS (
  SELECT DISTINCT customer_id, product_id, day FROM _audience_goods WHERE customer_id IS NOT NULL
), visits AS (
  SELECT customer_id, COUNT(*) AS visits FROM (SELECT DISTINCT customer_id, day FROM days) AS d
  GROUP BY customer_id
), own AS (
  SELECT customer_id, COUNT(*) AS times, MAX(day) AS last_day FROM days
  WHERE CAST(product_id AS STRING) = :product GROUP BY customer_id
), ranked AS (
  SELECT o.customer_id, o.times, o.last_day, v.visits,
         ROW_NUMBER() OVER (ORDER BY o.times DESC, o.last_day DESC, o.customer_id) AS rank
  FROM own AS o JOIN visits AS v ON v.customer_id = o.customer_id
)
SELECT customer_id, CAST(rank AS INT) AS rank, CAST(times AS DOUBLE) / CAST(visits AS DOUBLE) AS score,
       CONCAT('{{"code": "bought_times", "times": ', CAST(times AS STRING), ', "visits": ',
              CAST(visits AS STRING), ', "last": ', CAST(last_day AS STRING), '}}') AS evidence
FROM ranked WHERE rank <= {limit} ORDER BY rank
"""


def audience(
    session: Session,
    lines: str,
    product_id: int | str,
    *,
    as_of: int | None = None,
    limit: int = 100,
    bought: bool = False,
    penalty: float = 500.0,
    ease_limit: int = EASE_LIMIT,
    drop: Iterable[int | str] = NOT_GOODS,
) -> pa.Table:
    """The customers to offer a product to, the most promising first.

    ``bought=False``: who has never bought it, by the item model of ``discover`` (one column of it, so no
    inverse is taken), with the own products behind it as evidence. ``bought=True``: who has, by number of
    days. Returns customer_id, rank (from 1), score, evidence; empty for a product nobody bought.
    """
    with scratch(session, "_audience_goods"):
        session.create("_audience_goods", goods_sql(lines, as_of, drop))
        if bought:
            return session.sql(_BUYERS.format(limit=int(limit)), product=str(product_id)).cast(SCHEMA)
        history = purchases(session, "_audience_goods", as_of or 0)
    column = history.position(product_id)
    if column is None:
        return SCHEMA.empty_table()
    model = choose_model(len(history.products), penalty=penalty, ease_limit=ease_limit)
    return _strangers(history, column, model.column(history.matrix, column), int(limit))


class _Column:
    """The weights of one product, with the face of a model for the evidence."""

    def __init__(self, weights: Floats) -> None:
        self.weights = weights

    def links(self, bought: Any, offered: Any) -> Floats:
        return self.weights[bought]


def _strangers(history: Purchases, column: int, weights: Floats, limit: int) -> pa.Table:
    scores = np.asarray(history.matrix @ weights)
    scores[history.matrix[:, [column]].nonzero()[0]] = -np.inf
    order = np.lexsort((history.customers, -scores))[:limit]
    order = order[scores[order] > 0]
    offered = np.full((len(order), 1), column)
    links = strongest_links(_Column(weights), history.matrix[order], offered)[:, 0]
    return pa.table(
        {
            "customer_id": history.customers[order],
            "rank": np.arange(1, len(order) + 1, dtype=np.int32),
            "score": scores[order].astype(np.float64),
            "evidence": bought_with(links, product_texts(history.products)),
        },
        schema=SCHEMA,
    )
