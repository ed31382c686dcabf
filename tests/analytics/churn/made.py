"""Made companies and tables for the tests of churn."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

SMALL_START, SMALL_DAYS = 18_000, 540
SMALL_AS_OF = SMALL_START + SMALL_DAYS - 1
# The close of the last day before the reference snapshot of 2011-09-09.
RETAIL_TEST_DAY = (dt.date(2011, 9, 8) - dt.date(1970, 1, 1)).days


def company(customers: int = 400, seed: int = 0) -> pa.Table:
    """Customers who buy at their own rhythm until they leave for good."""
    random = np.random.default_rng(seed)
    rows: list[tuple[int, int, int, int]] = []
    for customer in range(1, customers + 1):
        when = SMALL_START + int(random.integers(0, SMALL_DAYS - 40))
        gap, end = random.gamma(2, 20) + 3, when + random.exponential(250)
        while when <= min(end, SMALL_AS_OF):
            spent = int(random.lognormal(13, 0.8))
            rows.append((customer, when, spent, spent // 2 if random.random() < 0.1 else 0))
            when += max(1, int(random.exponential(gap)))
    numbers = np.array(rows)
    size = len(numbers)
    return pa.table({
        "order_id": np.arange(size), "customer_id": numbers[:, 0], "day": numbers[:, 1].astype(np.int32),
        "revenue": numbers[:, 2], "returned": numbers[:, 3], "cost": pa.nulls(size, pa.int64()),
        "category_mask": np.zeros(size, np.int64),
    })  # fmt: skip


def features(size: int, seed: int = 0, rate: float = 0.0) -> tuple[dict[str, Any], Any]:
    """A table with one strong, one weak, one useless number and one text, and who left."""
    random = np.random.default_rng(seed)
    strong, weak, noise = random.normal(size=(3, size))
    text = random.choice(["red", "green", "blue"], size)
    odds = 1.5 * strong + 0.5 * weak + 0.8 * (text == "red") + rate
    churned = random.random(size) < 1 / (1 + np.exp(-odds))
    return {"strong": strong, "weak": weak, "noise": noise, "text": text.astype(object)}, churned
