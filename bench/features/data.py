"""Skewed synthetic orders in the form of the lake: most customers order a few times, some thousands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from zhike.analytics import Lake, Session, build_facts

AS_OF = 20_000
DAYS = 1_095
CHUNK_CUSTOMERS = 500_000


def make_lake(folder: Path, customers: int, orders: int, seed: int = 11) -> Lake:
    """Write the lake once; it is reused while the sizes stay the same."""
    lake = Lake(folder / f"lake-{customers}-{orders}", width=max(50_000, customers // 20))
    if lake.exists:
        return lake
    with Session(threads=2, memory_limit="5GB", temp_dir=folder, directories=[folder]) as session:
        for place, first in enumerate(range(0, customers, CHUNK_CUSTOMERS)):
            size = min(CHUNK_CUSTOMERS, customers - first)
            session.load("orders", _orders(first, size, orders * size // customers, seed + place))
            build_facts(session, orders="orders", into="facts" if place == 0 else "more")
            if place:
                session.connection.execute("INSERT INTO facts SELECT * FROM more")
        lake.write(session, "facts")
    return lake


def _orders(first: int, customers: int, orders: int, seed: int) -> pa.Table:
    """Orders of the customers ``first + 1`` … ``first + customers``; order numbers begin at first * 1,000."""
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(0, 1.3, customers)
    counts = rng.poisson(weights * orders / weights.sum())
    customer = np.repeat(np.arange(first + 1, first + customers + 1), counts)
    size = len(customer)
    revenue = (rng.lognormal(5, 1, size) * 10_000).astype(np.int64)
    returned = np.where(rng.random(size) < 0.05, revenue // 2, 0)
    returns_only = rng.random(size) < 0.01
    revenue[returns_only] = 0
    unknown = rng.random(size) < 0.01
    return pa.table({
        "order_id": np.arange(first * 1_000, first * 1_000 + size), "customer_id": customer,
        "day": rng.integers(AS_OF - DAYS, AS_OF + 1, size).astype(np.int32), "revenue": revenue,
        "returned": returned, "cost": pa.array((revenue * 0.6).astype(np.int64), mask=unknown),
        "category_mask": np.left_shift(np.int64(1), rng.integers(0, 20, size)),
    })  # fmt: skip
