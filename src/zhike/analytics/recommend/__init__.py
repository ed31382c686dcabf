"""What to offer whom: products to buy again, products to discover, and the customers for a product.

    again = rebuy(session, "lines", as_of)          # customer_id, rank, product_id, score, evidence
    fresh = discover(session, "lines", as_of)       # the same columns; never bought before
    people = audience(session, "lines", product_id) # customer_id, rank, score, evidence

``lines`` is a relation of purchase lines: customer_id BIGINT, order_id BIGINT, day INT, product_id BIGINT or
VARCHAR, quantity DOUBLE, revenue BIGINT in 1/10,000. Evidence is JSON text; its ``code`` is ``bought_times``,
``bought_with`` or ``popular_in_segment``. Names load on first use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

_HOMES = {
    "Filters": "goods",
    "NOT_GOODS": "goods",
    "DiscoverSettings": "fresh",
    "RecommendationReport": "report",
    "audience": "buyers",
    "discover": "fresh",
    "evaluate_recommendation": "report",
    "popularity_sql": "again",
    "rebuy": "again",
}

__all__ = [
    "NOT_GOODS",
    "DiscoverSettings",
    "Filters",
    "RecommendationReport",
    "audience",
    "discover",
    "evaluate_recommendation",
    "popularity_sql",
    "rebuy",
]

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
