"""Contribution: what each customer or group brings, and its share of the total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.analytics.engine.session import Session, identifier

MEASURES = ("customers", "revenue", "returns", "net_revenue", "margin", "orders", "tenure_days")


def contribution(
    session: Session, scores: str, by: Sequence[str] = ("customer_id",), *, where: str = "frequency > 0"
) -> Any:
    """Group a feature or score table by its columns.

    Arrow table with ``by``, customers, revenue, returns, net_revenue, margin (of the customers whose costs
    are known; ``margin_customers`` says how many), orders, mean tenure_days, and the shares of the total in
    customers, revenue, net_revenue. ``where`` is a constant of the program.
    """
    keys = ", ".join(identifier(name) for name in by)
    return session.sql(
        f"WITH g AS (SELECT {keys}, COUNT(*) AS customers, {_sum('revenue')}, {_sum('returns')}, "
        f"{_sum('net_revenue')}, {_sum('margin')}, COUNT(margin) AS margin_customers, "
        "CAST(SUM(frequency) AS BIGINT) AS orders, CAST(SUM(tenure_days) AS DOUBLE) / COUNT(*) AS tenure_days "
        f"FROM {identifier(scores)} WHERE {where} GROUP BY {keys}), "
        "t AS (SELECT CAST(SUM(customers) AS DOUBLE) AS people, CAST(SUM(revenue) AS DOUBLE) AS money, "
        "CAST(SUM(net_revenue) AS DOUBLE) AS net FROM g) "
        f"SELECT {', '.join('g.' + identifier(n) for n in by)}, g.customers, g.revenue, g.returns, g.net_revenue, "
        "g.margin, g.margin_customers, g.orders, g.tenure_days, g.customers / NULLIF(t.people, 0) AS customers_share, "
        "g.revenue / NULLIF(t.money, 0) AS revenue_share, g.net_revenue / NULLIF(t.net, 0) AS net_revenue_share "
        "FROM g CROSS JOIN t ORDER BY net_revenue DESC"
    )


def _sum(column: str) -> str:
    return f"CAST(SUM({column}) AS BIGINT) AS {column}"
