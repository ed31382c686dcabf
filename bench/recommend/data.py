"""Baskets and histories for the benchmark, as Parquet files."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAYS = 730
_RETAIL = """
SELECT DISTINCT CAST(InvoiceNo AS BIGINT) AS order_id, StockCode AS product_id
FROM read_csv(?, types={'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR'})
WHERE Quantity > 0 AND UnitPrice > 0 AND regexp_matches(InvoiceNo, '^[0-9]+$')
  AND regexp_matches(StockCode, '^[0-9]{5}') ORDER BY 1, 2
"""


def groceries(source: Path, path: Path) -> Path:
    """One row per basket and item of the Groceries set."""
    if not path.exists():
        with gzip.open(source / "groceries/groceries.csv.gz", "rt", encoding="utf-8") as file:
            baskets = list(csv.reader(file))
        rows = [(number, item) for number, basket in enumerate(baskets) for item in basket if item]
        _write(path, [row[0] for row in rows], [row[1] for row in rows])
    return path


def retail(source: Path, path: Path) -> Path:
    """One row per invoice and stock code of Online Retail: sold, not cancelled, a code with digits in
    front."""
    if not path.exists():
        import duckdb

        found = duckdb.connect().sql(_RETAIL, params=[str(source / "online_retail/online_retail.csv.gz")])
        table = found.to_arrow_table()
        _write(path, table["order_id"].to_pylist(), table["product_id"].to_pylist())
    return path


def _write(path: Path, orders: list[int], products: list[str]) -> None:
    size = len(orders)
    pq.write_table(
        pa.table(
            {
                "customer_id": pa.array(orders, pa.int64()), "order_id": pa.array(orders, pa.int64()),
                "day": pa.array(np.zeros(size, np.int32)), "product_id": products,
                "quantity": np.ones(size), "revenue": np.ones(size, np.int64),
            }
        ),
        path,
    )  # fmt: skip


def company(path: Path, customers: int, products: int = 4_000) -> Path:
    """Purchase lines over two years: customers of 40 tastes, about four orders of four lines each."""
    if path.exists():
        return path
    random = np.random.default_rng(1)
    orders = 1 + random.poisson(random.gamma(1.0, 3.0, customers))
    owner = np.repeat(np.arange(1, customers + 1), orders)
    day = random.integers(0, DAYS, len(owner))
    sizes = 1 + random.poisson(3, len(owner))
    order = np.repeat(np.arange(1, len(owner) + 1), sizes)
    who, when = np.repeat(owner, sizes), np.repeat(day, sizes)
    # Popularity falls off like 1 / rank; seven lines of ten are of the customer's taste.
    rank = np.minimum((products ** random.random(len(order))).astype(np.int64), products - 1)
    taste = np.where(random.random(len(order)) < 0.7, who % 40, random.integers(0, 40, len(order)))
    product = (rank * 40 + taste) % products
    quantity = random.integers(1, 6, len(order)).astype(np.float64)
    table = pa.table(
        {
            "customer_id": who, "order_id": order, "day": when.astype(np.int32), "product_id": product,
            "quantity": quantity, "revenue": (quantity * 100_000).astype(np.int64),
        }
    )  # fmt: skip
    pq.write_table(table, path)
    return path
