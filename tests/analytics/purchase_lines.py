"""Purchase lines for the tests of recommendations, baskets and rhythm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from zhike.analytics import Session

# customer, order, day, product
Line = tuple[int, int, int, Any]

RETAIL = """
SELECT CAST(CustomerID AS BIGINT) AS customer_id, CAST(InvoiceNo AS BIGINT) AS order_id,
       CAST(date_diff('day', DATE '1970-01-01', CAST(InvoiceDate AS DATE)) AS INT) AS day,
       StockCode AS product_id, CAST(Quantity AS DOUBLE) AS quantity,
       CAST(Quantity * CAST(ROUND(UnitPrice * 10000) AS BIGINT) AS BIGINT) AS revenue
FROM read_csv(?, types={'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR', 'CustomerID': 'DOUBLE'})
WHERE CustomerID IS NOT NULL AND Quantity > 0 AND UnitPrice > 0 AND NOT starts_with(InvoiceNo, 'C')
"""
RETAIL_ORDERS = """
SELECT order_id, customer_id, MIN(day) AS day, CAST(SUM(revenue) AS BIGINT) AS revenue,
       CAST(0 AS BIGINT) AS returned, CAST(NULL AS BIGINT) AS cost, CAST(0 AS BIGINT) AS category_mask
FROM lines GROUP BY order_id, customer_id
"""


def table(lines: Iterable[Line], quantities: Iterable[float] | None = None) -> pa.Table:
    rows = list(lines)
    customer, order, day, product = zip(*rows, strict=True) if rows else ((),) * 4
    texts = any(isinstance(one, str) for one in product)
    return pa.table(
        {
            "customer_id": pa.array(customer, pa.int64()),
            "order_id": pa.array(order, pa.int64()),
            "day": pa.array(day, pa.int32()),
            "product_id": pa.array(product, pa.string() if texts else pa.int64()),
            "quantity": pa.array(list(quantities) if quantities else [1.0] * len(rows), pa.float64()),
            "revenue": pa.array([10_000] * len(rows), pa.int64()),
        }
    )


@contextmanager
def lines_of(lines: Iterable[Line], quantities: Iterable[float] | None = None) -> Iterator[Session]:
    """A session with the relation ``lines``."""
    with Session(threads=1) as session:
        session.load("lines", table(lines, quantities))
        yield session


def companies(products: int = 6, customers: int = 6, size: int = 40) -> st.SearchStrategy[list[Line]]:
    """Random lines with repeats; the order decides the customer and the day."""
    one = st.tuples(st.integers(1, customers), st.integers(1, 6), st.integers(1, products))
    return st.lists(one, max_size=size).map(
        lambda rows: [(c, c * 10 + place, 100 + 7 * place + c, product) for c, place, product in rows]
    )


LINES = """
SELECT InvoiceNo, CAST(CustomerID AS BIGINT) AS customer_id,
       date_diff('day', DATE '1970-01-01', CAST(InvoiceDate AS DATE)) AS day,
       Quantity * CAST(ROUND(UnitPrice * 10000) AS BIGINT) AS units,
       Quantity > 0 AND UnitPrice > 0 AND NOT starts_with(InvoiceNo, 'C') AS bought
FROM read_csv(?, types={'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR', 'CustomerID': 'DOUBLE'})
WHERE CustomerID IS NOT NULL
"""
ORDERS = """
SELECT ROW_NUMBER() OVER (ORDER BY InvoiceNo, customer_id) AS order_id, customer_id, MIN(day) AS day,
       SUM(CASE WHEN bought THEN units ELSE 0 END)::BIGINT AS revenue,
       SUM(CASE WHEN units < 0 THEN -units ELSE 0 END)::BIGINT AS returned,
       NULL::BIGINT AS cost, 0::BIGINT AS category_mask
FROM lines GROUP BY InvoiceNo, customer_id
"""


def read_orders(data_dir: Any) -> Any:
    """The orders of Online Retail as an Arrow table, what came back and cancelled orders included."""
    import duckdb

    reader = duckdb.connect()
    reader.execute(f"CREATE TABLE lines AS {LINES}", [str(data_dir / "online_retail/online_retail.csv.gz")])
    assert reader.execute("SELECT COUNT(*) FROM lines WHERE bought").fetchall() == [(397_884,)]
    return reader.sql(ORDERS).to_arrow_table()
