"""Telco as a table, Online Retail as facts, and a small company; each loaded and trained once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from analytics.churn.made import RETAIL_TEST_DAY, SMALL_AS_OF, company
from zhike.analytics import Session, build_facts
from zhike.analytics.churn import train_churn

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
def telco(data_dir: Any) -> tuple[Any, Any]:
    """Features without the customer's number, and who left."""
    import pandas as pd

    frame = pd.read_csv(data_dir / "telco/telco_customer_churn.csv.gz")
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    churned = (frame.pop("Churn") == "Yes").to_numpy()
    assert (len(frame), churned.sum()) == (7_043, 1_869)
    return frame.drop(columns="customerID"), churned


@pytest.fixture(scope="session")
def retail(data_dir: Any) -> Iterator[Session]:
    """A session with Online Retail as ``facts``."""
    import duckdb

    reader = duckdb.connect()
    reader.execute(f"CREATE TABLE lines AS {LINES}", [str(data_dir / "online_retail/online_retail.csv.gz")])
    with Session(threads=1) as session:
        session.load("orders", reader.sql(ORDERS).to_arrow_table())
        build_facts(session, orders="orders")
        yield session


@pytest.fixture(scope="session")
def retail_training(retail: Session) -> Any:
    return train_churn(retail, "facts", RETAIL_TEST_DAY, 90)


@pytest.fixture(scope="session")
def small() -> Iterator[Session]:
    with Session(threads=1) as session:
        session.load("orders", company())
        build_facts(session, orders="orders")
        yield session


@pytest.fixture(scope="session")
def small_training(small: Session) -> Any:
    return train_churn(small, "facts", SMALL_AS_OF)
