"""The simulated company at a day in its past: what could be known then, and what came after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics import Session, build_facts
from zhike.analytics.simulate import Company, simulate
from zhike.analytics.simulate.settings import DAYS_A_YEAR, EPOCH
from zhike.analytics.simulate.world import build_world

UNTIL = date(2026, 10, 31)

# Orders of second records belong to the customer whom they repeat; cancelled ones are none.
ORDERS = """
CREATE TABLE orders_raw AS
WITH who AS (SELECT customer_id, COALESCE(duplicate_of, customer_id) AS original FROM truth),
kept AS (
  SELECT o.order_id, w.original AS customer_id, date_diff('day', DATE '1970-01-01', o.business_date) AS day
  FROM orders o JOIN who w USING (customer_id) WHERE o.status = 'confirmed'
)
SELECT k.order_id, k.customer_id, CAST(k.day AS INT) AS day,
       CAST(SUM(CASE WHEN l.quantity > 0 THEN l.amount ELSE 0 END) * 10000 AS BIGINT) AS revenue,
       CAST(SUM(CASE WHEN l.quantity < 0 THEN -l.amount ELSE 0 END) * 10000 AS BIGINT) AS returned,
       CAST(CASE WHEN COUNT(l.cost) = COUNT(*) THEN SUM(l.cost) * 10000 END AS BIGINT) AS cost,
       CAST(0 AS BIGINT) AS category_mask
FROM kept k JOIN order_lines l USING (order_id) GROUP BY ALL
"""
LINES = """
CREATE TABLE all_lines AS
SELECT o.customer_id, o.order_id, o.day, CAST(l.product_id AS BIGINT) AS product_id,
       CAST(l.quantity AS DOUBLE) AS quantity, CAST(l.amount * 10000 AS BIGINT) AS revenue
FROM orders_raw o JOIN order_lines l USING (order_id) WHERE l.quantity > 0
"""
# What each customer brings after the day: net revenue, and margin at the cost that the simulation charged.
AFTER = """
SELECT o.customer_id, CAST(SUM(l.amount) AS DOUBLE) AS net_revenue,
       CAST(SUM(l.amount) AS DOUBLE) - SUM(l.quantity * c.unit_cost) AS margin,
       COUNT(DISTINCT CASE WHEN l.quantity > 0 THEN o.day END) AS purchases
FROM orders_raw o JOIN order_lines l USING (order_id)
JOIN costs c ON c.product_id = l.product_id AND c.year = CAST(FLOOR((o.day - {first}) / {year}) AS INT)
WHERE o.day > {cut} AND o.day <= {end} GROUP BY o.customer_id
"""


@dataclass(frozen=True)
class Past:
    """``cut`` and ``end`` are days since 1970; ``session`` holds ``facts`` and ``lines`` up to the cut and
    ``truth``; ``after`` (customer_id, net_revenue, margin, purchases) the time from cut to end."""

    company: Company
    session: Session
    cut: int
    end: int
    after: pa.Table

    def truth(self, customers: Any) -> dict[str, Any]:
        """For each customer: whether still one at the cut (``alive``), and the cause of leaving, if ever."""
        self.session.load("asked", pa.table({"customer_id": customers, "place": np.arange(len(customers))}))
        rows = self.session.sql(
            "SELECT a.place, t.left_on, t.cause FROM asked a JOIN truth t ON t.customer_id = a.customer_id "
            "ORDER BY a.place"
        )
        left = rows["left_on"].cast(pa.int32()).fill_null(10**6).to_numpy()
        return {"alive": left > self.cut, "cause": np.array(rows["cause"].to_pylist())}

    def realised(self, customers: Any, name: str) -> Any:
        """A figure of ``after`` for each customer, 0 for those who did not come back."""
        self.session.load("asked", pa.table({"customer_id": customers, "place": np.arange(len(customers))}))
        self.session.load("after", self.after)
        rows = self.session.sql(
            f"SELECT a.place, COALESCE(CAST(f.{name} AS DOUBLE), 0) AS v FROM asked a LEFT JOIN after f "
            "ON f.customer_id = a.customer_id ORDER BY a.place"
        )
        return rows["v"].to_numpy()


@contextmanager
def past(customers: int, seed: int, years: float = 4.0, ahead: int = 365) -> Iterator[Past]:
    """``years`` of a company, the last ``ahead`` days of which are the future."""
    company = simulate(customers, seed=seed, until=UNTIL, years=years)
    end = (UNTIL - EPOCH).days
    cut = end - ahead
    with Session(threads=2, memory_limit="2GB") as session:
        for name in ("orders", "order_lines"):
            session.load(name, company[name])
        session.load("truth", company.truth)
        session.load("costs", _costs(company))
        for statement in (ORDERS, LINES):
            session.connection.execute(statement)
        first = (company.settings.start - EPOCH).days
        after = session.connection.execute(
            AFTER.format(cut=cut, end=end, first=first, year=DAYS_A_YEAR)
        ).to_arrow_table()
        session.connection.execute(f"CREATE TABLE lines AS SELECT * FROM all_lines WHERE day <= {cut}")
        session.connection.execute(f"CREATE TABLE orders_then AS SELECT * FROM orders_raw WHERE day <= {cut}")
        build_facts(session, orders="orders_then")
        yield Past(company, session, cut, end, after)


def _costs(company: Company) -> pa.Table:
    """The unit cost of every product in every year, also of those whose cost nobody entered."""
    world = build_world(company.settings)
    years = range(round(company.settings.years) + 1)
    parts = [np.round(world.cost * 1.025**year / 100) / 100 for year in years]
    ids = np.arange(1, len(world.cost) + 1)
    return pa.table(
        {
            "product_id": pa.array(np.tile(ids, len(parts)), pa.int32()),
            "year": pa.array(np.repeat(list(years), len(ids)), pa.int32()),
            "unit_cost": np.concatenate(parts),
        }
    )


def day_text(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()
