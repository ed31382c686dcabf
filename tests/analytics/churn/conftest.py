"""Telco as a table, Online Retail as facts, and a small company; each loaded and trained once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from analytics.churn.made import RETAIL_TEST_DAY, SMALL_AS_OF, company
from zhike.analytics import Session, build_facts
from zhike.analytics.churn import train_churn


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
def retail(retail_orders: Any) -> Iterator[Session]:
    """A session with Online Retail as ``facts``."""
    with Session(threads=1) as session:
        session.load("orders", retail_orders)
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
