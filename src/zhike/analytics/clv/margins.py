"""What of a customer's revenue stays: after returns, and after the cost of goods where it is known.

A customer's own share is drawn toward the base's by a few purchases' worth of it: one order says little.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.clv.groups import Floats
from zhike.analytics.clv.horizons import EPOCH
from zhike.analytics.clv.table import RFMTable
from zhike.analytics.engine.session import Session, identifier
from zhike.analytics.orders import UNITS

#: Purchases of average size by which the base's share is mixed into everybody's own.
PRIOR_PURCHASES = 3.0
#: Below this share of revenue with known cost, value is net revenue and not margin.
MIN_KNOWN = 0.5


@dataclass(frozen=True)
class Contribution:
    """``basis`` is "margin" or "net_revenue"; ``rates`` one number ≥ 0 per customer, by which revenue
    becomes value; ``base`` the whole base's; ``known`` the share of revenue whose cost is known."""

    basis: str
    rates: Floats
    base: float
    known: float


def rfm_table(session: Session, facts: str, as_of: int) -> RFMTable:
    """The purchase days of all customers up to a day; amounts in currency. Without purchases: no rows."""
    days = session.sql(
        f"SELECT customer_id, day, CAST(SUM(revenue) AS DOUBLE) / {UNITS} AS amount "
        f"FROM {identifier(facts)} WHERE purchase = 1 AND day <= {int(as_of)} GROUP BY customer_id, day"
    )
    days = days.sort_by([("customer_id", "ascending"), ("day", "ascending")]).combine_chunks()
    return RFMTable(days, EPOCH + timedelta(days=int(as_of)))


def contribution_rates(
    session: Session, facts: str, as_of: int, customers: Any, basis: str = "auto"
) -> Contribution:
    """The share of revenue that stays, for each of ``customers`` (Arrow array of ids).

    ``basis``: "net_revenue" (after returns), "margin" (after returns and cost, from the orders whose cost is
    known), or "auto": margin where the cost of at least half the revenue is known.
    """
    sums = session.sql(
        "SELECT customer_id, CAST(SUM(revenue) AS DOUBLE) AS revenue, "
        "CAST(SUM(revenue - returned) AS DOUBLE) AS net, "
        "CAST(SUM(CASE WHEN cost IS NOT NULL THEN revenue ELSE 0 END) AS DOUBLE) AS known, "
        "CAST(SUM(CASE WHEN cost IS NOT NULL THEN revenue - returned - cost ELSE 0 END) AS DOUBLE) "
        "AS margin, "
        f"SUM(purchase) AS purchases FROM {identifier(facts)} WHERE day <= {int(as_of)} GROUP BY customer_id"
    )
    place = pc.index_in(customers, value_set=sums["customer_id"].combine_chunks())
    rows = sums.take(pa.array(place))
    revenue, net, known, margin = (
        rows[name].to_numpy().astype(np.float64) for name in ("revenue", "net", "known", "margin")
    )
    share = float(known.sum() / revenue.sum()) if revenue.sum() > 0 else 0.0
    if basis == "auto":
        basis = "margin" if share >= MIN_KNOWN else "net_revenue"
    kept, seen = (margin, known) if basis == "margin" else (net, revenue)
    base = max(float(kept.sum() / seen.sum()), 0.0) if seen.sum() > 0 else 0.0
    prior = PRIOR_PURCHASES * float(revenue.sum()) / max(float(rows["purchases"].to_numpy().sum()), 1.0)
    rates = np.maximum((prior * base + kept) / np.maximum(prior + seen, 1e-9), 0.0)
    return Contribution(basis, rates, base, share)
