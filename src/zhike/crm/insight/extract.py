"""From the operational store to columns: the same rows for one customer and for all.

Whole tables stream in columns. A few customers, and everything inside an open transaction (whose rows no
other connection sees), come through Django's own connection, with the same texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from django.db import connection

from zhike.analytics.engine import Session
from zhike.platform import columnar, store

INT, TEXT, FLOAT = pa.int64(), pa.string(), pa.float64()
SQL_TYPES = {INT: "BIGINT", TEXT: "VARCHAR", FLOAT: "DOUBLE"}

ORDERS = pa.schema(
    [
        (name, INT)
        for name in ("order_id", "customer_id", "day", "revenue", "returned", "cost", "category_mask")
    ]
)
ATTRIBUTES = (
    "kind",
    "industry",
    "country",
    "region",
    "city",
    "size",
    "customer_type",
    "gender",
    "business_model",
    "source",
)
CUSTOMERS = pa.schema(
    [(name, INT) for name in ("customer_id", "created_day", "profiled", "owner_id", "team_id")]
    + [(name, TEXT) for name in ATTRIBUTES]
)
STATE_NAMES = ("customer_id", "tier", "pending_since", "as_of", "opening_tier", "opening_pending_since")
SCORES = pa.schema(
    [(name, INT) for name in (*STATE_NAMES, "seq", "revision", "version_id", "raw_tier", "earned_tier")]
    + [("tier_score", FLOAT)]
    + [(name, TEXT) for name in ("lifecycle", "rfm_segment", "abc_class")]
    + [(name, INT) for name in ("r_score", "f_score", "m_score", "first_order", "last_order")]
    + [(name, INT) for name in ("frequency", "purchase_days", "revenue", "returns", "net_revenue", "margin")]
)
STARTS = pa.schema([("customer_id", INT), ("day", INT)])


def orders_sql() -> str:
    """Orders of known customers that were not cancelled, money in units, dates as day numbers."""
    return (
        f"SELECT o.id AS order_id, o.customer_id AS customer_id, {day_sql('o.business_date')} AS day, "
        f"{units_sql('o.revenue')} AS revenue, {units_sql('o.returned')} AS returned, "
        f"{units_sql('o.cost')} AS cost, "
        "o.category_mask AS category_mask FROM orders_order o "
        "WHERE o.customer_id IS NOT NULL AND o.status <> 'cancelled'"
    )


def customers_sql() -> str:
    """Living customers with the attributes that statistics group by; no direct identifiers."""
    return (
        f"SELECT c.id AS customer_id, {_created_day('c.created_at')} AS created_day, "
        "CASE WHEN c.no_profiling THEN 0 ELSE 1 END AS profiled, c.owner_id AS owner_id, "
        "c.team_id AS team_id, c.kind AS kind, c.industry AS industry, c.country AS country, "
        "c.province AS region, c.city AS city, c.size AS size, "
        "c.customer_type AS customer_type, c.gender AS gender, c.business_model AS business_model, "
        "c.source AS source FROM customers_customer c WHERE c.deleted_at IS NULL"
    )


def scores_sql() -> str:
    """What is published now, with the tier's state and the writing (``revision``) it came from."""
    return (
        "SELECT s.customer_id AS customer_id, s.tier AS tier, "
        f"{day_sql('s.pending_since')} AS pending_since, "
        f"{day_sql('s.as_of')} AS as_of, s.opening_tier AS opening_tier, "
        f"{day_sql('s.opening_pending_since')} AS opening_pending_since, s.seq AS seq, "
        "s.revision AS revision, "
        "s.version_id AS version_id, s.raw_tier AS raw_tier, s.earned_tier AS earned_tier, "
        "s.tier_score AS tier_score, "
        "s.lifecycle AS lifecycle, s.rfm_segment AS rfm_segment, s.abc_class AS abc_class, "
        "s.r_score AS r_score, s.f_score AS f_score, s.m_score AS m_score, "
        f"{day_sql('s.first_order')} AS first_order, {day_sql('s.last_order')} AS last_order, "
        "s.frequency AS frequency, s.purchase_days AS purchase_days, "
        f"{units_sql('s.revenue')} AS revenue, {units_sql('s.returns')} AS returns, "
        f"{units_sql('s.net_revenue')} AS net_revenue, {units_sql('s.margin')} AS margin "
        "FROM insight_customerscore s WHERE 1 = 1"
    )


def history_starts_sql() -> str:
    """The first day of each customer's tier history."""
    return (
        f"SELECT h.customer_id AS customer_id, MIN({day_sql('h.valid_from')}) AS day "
        "FROM insight_tierhistory h GROUP BY h.customer_id"
    )


def of_customers(text: str, column: str, customer_ids: Iterable[int]) -> str:
    """The text narrowed to some customers (numbers only)."""
    ids = ", ".join(str(int(customer)) for customer in customer_ids) or "NULL"
    return f"{text} AND {column} IN ({ids})"


@contextmanager
def stream(text: str, schema: pa.Schema) -> Iterator[Any]:
    """The rows as a record-batch reader."""
    if _unseen_from_outside():
        yield rows(text, schema).to_reader()
        return
    with columnar.stream(text) as reader:
        yield reader


def load(session: Session, name: str, text: str, schema: pa.Schema) -> None:
    """Copy the rows into a table of the session, with the types of the schema.

    The cast matters: SQLite tells no type for a column without values.
    """
    with stream(text, schema) as reader:
        session.register("_streaming", reader)
        session.connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT {typed(schema)} FROM _streaming"
        )
        session.unregister("_streaming")


def table(text: str, schema: pa.Schema) -> pa.Table:
    """All the rows at once, with the types of the schema."""
    with stream(text, schema) as reader:
        return reader.read_all().cast(schema)


def typed(schema: pa.Schema) -> str:
    """The columns of a schema with their types, for a SELECT."""
    return ", ".join(f"CAST({f.name} AS {SQL_TYPES[f.type]}) AS {f.name}" for f in schema)


def rows(text: str, schema: pa.Schema) -> pa.Table:
    """The rows through Django's own connection, in its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(text)
        found = cursor.fetchall()
    columns = list(zip(*found, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(list(values), field.type) for values, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _unseen_from_outside() -> bool:
    in_memory = store.is_sqlite() and "memory" in str(connection.settings_dict["NAME"])
    return connection.in_atomic_block or in_memory


def day_sql(column: str) -> str:
    """A date as its day number since 1970-01-01."""
    if store.is_sqlite():
        return f"CAST(julianday({column}) - 2440587.5 AS INTEGER)"
    return f"({column} - DATE '1970-01-01')"


def _created_day(column: str) -> str:
    if store.is_sqlite():
        return f"CAST(julianday(date({column})) - 2440587.5 AS INTEGER)"
    return f"(({column} AT TIME ZONE 'UTC')::date - DATE '1970-01-01')"


def units_sql(column: str) -> str:
    """Money as an integer of 1/10,000."""
    kind = "INTEGER" if store.is_sqlite() else "BIGINT"
    return f"CAST(ROUND({column} * 10000) AS {kind})"
