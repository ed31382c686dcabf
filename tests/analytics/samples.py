"""Orders for tests: random histories, a small company, and the way from orders to scores."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from zhike.analytics import AnalysisSettings, Calibration, Session, build, build_facts, calibrate, evaluate

AS_OF = 20_000
ORDER_SCHEMA = pa.schema([
    ("order_id", pa.int64()), ("customer_id", pa.int64()), ("day", pa.int32()), ("revenue", pa.int64()),
    ("returned", pa.int64()), ("cost", pa.int64()), ("category_mask", pa.int64()),
])  # fmt: skip
STATE_SCHEMA = pa.schema([
    ("customer_id", pa.int64()), ("tier", pa.int16()), ("pending_since", pa.int32()), ("as_of", pa.int32()),
    ("opening_tier", pa.int16()), ("opening_pending_since", pa.int32()),
])  # fmt: skip

Order = dict[str, Any]


def order(customer: int, day: int, revenue: int = 0, returned: int = 0, cost: int | None = None,
          mask: int = 0) -> Order:  # fmt: skip
    return {"customer_id": customer, "day": day, "revenue": revenue, "returned": returned, "cost": cost,
            "category_mask": mask}  # fmt: skip


def numbered(orders: Iterable[Order]) -> list[Order]:
    return [{"order_id": place, **one} for place, one in enumerate(orders, 1)]


def arrow(orders: Iterable[Order]) -> pa.Table:
    rows = list(orders)
    return pa.Table.from_pylist(
        rows if rows and "order_id" in rows[0] else numbered(rows), schema=ORDER_SCHEMA
    )


def customers_arrow(ids: Iterable[int], profiled: bool = True) -> pa.Table:
    ids = list(ids)
    return pa.table({"customer_id": pa.array(ids, pa.int64()), "profiled": pa.array([profiled] * len(ids))})


def state_arrow(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([{name: row[name] for name in STATE_SCHEMA.names} for row in rows],
                                schema=STATE_SCHEMA)  # fmt: skip


@contextmanager
def features_of(orders: Iterable[Order], as_of: int = AS_OF, customers: pa.Table | None = None) -> Any:
    """A session with the table ``features``."""
    with Session(threads=1) as session:
        session.load("orders", arrow(orders))
        build_facts(session, orders="orders")
        if customers is not None:
            session.load("customers", customers)
        build(session, facts="facts", customers="customers" if customers is not None else None, as_of=as_of)
        yield session


def feature_rows(
    orders: Iterable[Order], as_of: int = AS_OF, customers: pa.Table | None = None
) -> dict[int, Any]:
    with features_of(orders, as_of, customers) as session:
        return {row["customer_id"]: row for row in session.sql("SELECT * FROM features").to_pylist()}


def scored(orders: Iterable[Order], settings: AnalysisSettings | None = None, as_of: int = AS_OF,
           customers: pa.Table | None = None) -> tuple[Calibration, dict[int, Any]]:  # fmt: skip
    with features_of(orders, as_of, customers) as session:
        calibration = calibrate(session, "features", settings)
        rows = evaluate(session, "features", calibration, as_of).to_pylist()
    return calibration, {row["customer_id"]: row for row in rows}


def small_company(customers: int = 300, days: int = 540, one_time: float = 0.6, seed: int = 7) -> list[Order]:
    """A company of 300 customers in 18 months of whom 60 % bought once."""
    rng = random.Random(seed)
    orders = []
    for customer in range(1, customers + 1):
        count = 1 if customer <= one_time * customers else rng.randint(2, 20)
        scale = rng.lognormvariate(7, 1)
        for _place in range(count):
            units = int(scale * rng.uniform(0.5, 1.5) * 10_000)
            orders.append(order(customer, AS_OF - rng.randint(1, days), units, cost=units // 2,
                                mask=1 << rng.randrange(6)))  # fmt: skip
    return orders


def histories(
    max_customers: int = 6, max_orders: int = 25, days: int = 900
) -> st.SearchStrategy[list[Order]]:
    """Random orders with ties, returns, unknown costs, several orders a day and some after the as-of day."""
    money = st.integers(0, 5).map(lambda n: n * 1_000_000) | st.integers(0, 10**11)
    one = st.builds(
        order, st.integers(1, max_customers), st.integers(AS_OF - days, AS_OF + 20), money,
        st.just(0) | st.just(0) | money, st.none() | money, st.sampled_from([0, 1, 2, 3, 1 << 62]),
    )  # fmt: skip
    return st.lists(one, max_size=max_orders).map(numbered)
