"""Online Retail, read once for all tests of the laboratory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from analytics.purchase_lines import RETAIL, RETAIL_ORDERS
from zhike.analytics import Session, build_facts

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


@pytest.fixture(scope="session")
def retail_lines(data_dir: Any) -> Iterator[tuple[Session, int]]:
    """A session with ``lines`` and ``facts`` of Online Retail, and the last day in it."""
    import duckdb

    path = str(data_dir / "online_retail/online_retail.csv.gz")
    lines = duckdb.connect().execute(RETAIL, [path]).to_arrow_table()
    assert lines.num_rows == 397_884
    with Session(threads=1) as session:
        session.load("lines", lines)
        session.load("orders", session.connection.execute(RETAIL_ORDERS).to_arrow_table())
        build_facts(session, orders="orders")
        yield session, session.rows("SELECT MAX(day) AS d FROM lines")[0][0]


@pytest.fixture(scope="session")
def retail_orders(data_dir: Any) -> Any:
    """The orders of Online Retail as an Arrow table, what came back and cancelled orders included."""
    import duckdb

    reader = duckdb.connect()
    reader.execute(f"CREATE TABLE lines AS {LINES}", [str(data_dir / "online_retail/online_retail.csv.gz")])
    assert reader.execute("SELECT COUNT(*) FROM lines WHERE bought").fetchall() == [(397_884,)]
    return reader.sql(ORDERS).to_arrow_table()
