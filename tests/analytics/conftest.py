"""Online Retail, read once for all tests of the laboratory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from analytics.purchase_lines import RETAIL, RETAIL_ORDERS, read_orders
from zhike.analytics import Session, build_facts


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
    return read_orders(data_dir)
