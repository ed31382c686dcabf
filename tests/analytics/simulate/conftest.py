"""One company for the tests that only look."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from zhike.analytics.simulate import Company, simulate

UNTIL = date(2026, 11, 21)


@pytest.fixture(scope="session")
def company() -> Company:
    return simulate(6_000, seed=7, until=UNTIL)


@pytest.fixture(scope="session")
def sql(company: Company) -> duckdb.DuckDBPyConnection:
    """The company's tables to be asked in SQL; ``sales`` are confirmed sales under the true customer."""
    connection = duckdb.connect()
    for name, table in {**company.tables, "truth": company.truth}.items():
        connection.register(name, table)
    connection.execute(
        """create view sales as select o.* replace (coalesce(t.duplicate_of, o.customer_id) as customer_id)
           from orders o join truth t using (customer_id) where o.kind = 'sale' and o.status = 'confirmed'"""
    )
    return connection
