"""Products to buy again: what a customer buys on the largest share of the days with a purchase.

Personal frequency is hard to beat for the next basket (Li, Jullien, Ariannezhad, de Rijke: "A Next Basket
Recommendation Reality Check", ACM TOIS 2023), needs no fit, and explains itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zhike.analytics.engine.session import Session, identifier
from zhike.analytics.recommend.goods import NOT_GOODS, Filters, goods_sql, scratch

RECENT_DAYS = 90

# Days with a purchase per customer and product; several orders of a day count once.
_DAYS = "SELECT DISTINCT customer_id, product_id, day FROM ({goods}) AS g WHERE customer_id IS NOT NULL"
_RANKED = """
WITH own AS (
  SELECT customer_id, product_id, COUNT(*) AS times, MAX(day) AS last_day
  FROM _again_days GROUP BY customer_id, product_id
), visits AS (
  SELECT customer_id, COUNT(*) AS visits FROM (SELECT DISTINCT customer_id, day FROM _again_days) AS d
  GROUP BY customer_id
), ranked AS (
  SELECT o.customer_id, o.product_id, o.times, o.last_day, v.visits,
         ROW_NUMBER() OVER (PARTITION BY o.customer_id ORDER BY o.times DESC, {ties}, o.product_id) AS rank
  FROM own AS o LEFT JOIN {popular} AS p ON p.product_id = o.product_id
  JOIN visits AS v ON v.customer_id = o.customer_id
  {allowed} WHERE o.times >= {min_times}
)
SELECT customer_id, CAST(rank AS INT) AS rank, product_id,
       CAST(times AS DOUBLE) / CAST(visits AS DOUBLE) AS score,
       CONCAT('{{"code": "bought_times", "times": ', CAST(times AS STRING), ', "visits": ',
              CAST(visits AS STRING), ', "last": ', CAST(last_day AS STRING), '}}') AS evidence
FROM ranked WHERE rank <= {limit} ORDER BY customer_id, rank
"""
_POPULAR = """
SELECT product_id, SUM(CASE WHEN day > {as_of} - {recent} THEN 1 ELSE 0 END) AS recent, COUNT(*) AS ever
FROM ({days}) AS d GROUP BY product_id
"""


def popularity_sql(lines: str, as_of: int, drop: Iterable[int | str] = NOT_GOODS) -> str:
    """The portable SELECT of what breaks the ties of :func:`rebuy`: product_id, recent, ever."""
    days = _DAYS.format(goods=goods_sql(lines, as_of, drop))
    return _POPULAR.format(as_of=int(as_of), recent=RECENT_DAYS, days=days)


def rebuy(
    session: Session,
    lines: str,
    as_of: int,
    limit: int = 10,
    *,
    min_times: int = 1,
    filters: Filters | None = None,
    drop: Iterable[int | str] = NOT_GOODS,
    popular: str | None = None,
) -> Any:
    """The products of each customer by the number of days they were bought on, most often first.

    Equally frequent ones stand by what was popular in the last 90 days, then ever, then the product's code.
    ``score`` is the share of the customer's days with a purchase that held the product. Returns an Arrow
    table customer_id, rank (from 1), product_id, score, evidence (``times``, ``visits`` and ``last`` day).
    ``popular`` names a relation as :func:`popularity_sql` gives it, where the lines are not everybody's.
    """
    with scratch(session, "_again_days", "_again_allowed"):
        session.create("_again_days", _DAYS.format(goods=goods_sql(lines, as_of, drop)))
        days = "SELECT * FROM _again_days"
        known = _POPULAR.format(as_of=int(as_of), recent=RECENT_DAYS, days=days)
        text = _RANKED.format(
            popular=identifier(popular) if popular else f"({known})",
            limit=int(limit), min_times=int(min_times),
            ties="COALESCE(p.recent, 0) DESC, COALESCE(p.ever, 0) DESC", allowed=_allowed(session, filters),
        )  # fmt: skip
        return session.sql(text)


def _allowed(session: Session, filters: Filters | None) -> str:
    if filters is None:
        return ""
    session.create("_again_allowed", filters.select("_again_days"))
    return "JOIN _again_allowed AS a ON a.product_id = o.product_id"
