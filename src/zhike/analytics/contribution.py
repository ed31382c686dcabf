"""Contribution: what each customer or group brings, and its share of the total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.analytics.engine.session import Session, identifier

SHARED = ("customers", "revenue", "net_revenue")
MEASURES = (
    "customers",
    "revenue",
    "returns",
    "net_revenue",
    "margin",
    "margin_customers",
    "orders",
    "tenure_days",
)


def contribution(
    session: Session, scores: str, by: Sequence[str] = ("customer_id",), *, where: str = "frequency > 0"
) -> Any:
    """Group a feature or score table by its columns.

    Arrow table with ``by``, customers, revenue, returns, net_revenue, margin (of the customers whose costs
    are known; ``margin_customers`` says how many), orders, mean tenure_days, and the shares of the total in
    customers, revenue, net_revenue. ``where`` is a constant of the program.
    """
    keys = ", ".join(identifier(name) for name in by)
    kept = ", ".join(f"g.{identifier(name)}" for name in (*by, *MEASURES))
    return session.sql(
        f"WITH g AS (SELECT {keys}, {_sums()} FROM {identifier(scores)} WHERE {where} GROUP BY {keys}), "
        f"t AS (SELECT {', '.join(_total(name) for name in SHARED)} FROM g) "
        f"SELECT {kept}, {', '.join(_share(name) for name in SHARED)} "
        "FROM g CROSS JOIN t ORDER BY g.net_revenue DESC"
    )


def _sums() -> str:
    money = [
        f"CAST(SUM({name}) AS BIGINT) AS {name}" for name in ("revenue", "returns", "net_revenue", "margin")
    ]
    tenure = "CAST(SUM(tenure_days) AS DOUBLE) / COUNT(*) AS tenure_days"
    counts = [
        "COUNT(*) AS customers",
        "COUNT(margin) AS margin_customers",
        "CAST(SUM(frequency) AS BIGINT) AS orders",
    ]
    return ", ".join([*counts, *money, tenure])


def _total(name: str) -> str:
    return f"CAST(SUM({name}) AS DOUBLE) AS {name}"


def _share(name: str) -> str:
    return f"g.{name} / NULLIF(t.{name}, 0) AS {name}_share"
