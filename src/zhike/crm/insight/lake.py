"""Sync: from the change log to the columnar lake, and the comparison that is its safety net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhike.analytics.engine import Engine, Session
from zhike.analytics.engine.files import appearing
from zhike.analytics.features import build_facts
from zhike.crm.insight import extract, places
from zhike.platform import changes

CONSUMER = "lake"
# From this many changed customers on, one pass over everything is quicker than many patches.
MANY = 20_000
PART = 50_000
ID_CHUNK = 5_000


@dataclass(frozen=True)
class Synced:
    """``position`` is where the lake stands now; ``customers`` is None after a full pass."""

    position: int
    customers: int | None
    rows: int


@dataclass(frozen=True)
class Compared:
    """Customer ranges whose counts or sums differed, and were written again."""

    parts: int
    repaired: tuple[int, ...]


def sync(session: Session, *, full: bool = False) -> Synced:
    """Bring the lake up to the last safe position. The watermark moves after the files are on the disk."""
    position, mark = changes.safe_position(), changes.watermark(CONSUMER)
    changed = [] if full else changes.changed_customers(mark, position, besides=changes.ASIDE)
    if full or not _complete() or len(changed) > MANY:
        synced = Synced(position, None, _write_all(session))
    else:
        synced = Synced(position, len(changed), _write_some(session, changed))
    changes.advance(CONSUMER, position)
    return synced


def attach(engine: Engine) -> None:
    """Offer ``facts`` and ``customers`` of the lake in an engine."""
    columns = ", ".join(
        "profiled <> 0 AS profiled" if name == "profiled" else name for name in extract.CUSTOMERS.names
    )
    engine.read_parquet("customers_stored", [places.customers_file()])
    engine.view("customers", f"SELECT {columns} FROM customers_stored")
    places.lake().attach(engine)


def compare(session: Session) -> Compared:
    """Count and sum every range of customers on both sides; ranges that differ are written again."""
    if not _complete():
        sync(session, full=True)
    attach(session)
    _load_orders(session, extract.orders_sql())
    ours, theirs = _sums(session, "facts"), _sums(session, "orders_raw")
    differing = sorted(part for part in ours.keys() | theirs.keys() if ours.get(part) != theirs.get(part))
    for part in differing:
        _write_part(session, part)
    return Compared(len(theirs), tuple(differing))


def _complete() -> bool:
    return places.lake().exists and places.customers_file().exists()


def _write_all(session: Session) -> int:
    _write_customers(session)
    _load_orders(session, extract.orders_sql())
    build_facts(session, orders="orders_raw", into="synced_facts")
    session.drop("orders_loaded")
    rows = places.lake().write(session, "synced_facts")
    session.drop("synced_facts")
    return rows


def _write_some(session: Session, customer_ids: Sequence[int]) -> int:
    if not customer_ids:
        return places.lake().rows
    _write_customers(session)
    text = " UNION ALL ".join(
        extract.of_customers(extract.orders_sql(), "o.customer_id", customer_ids[start : start + ID_CHUNK])
        for start in range(0, len(customer_ids), ID_CHUNK)
    )
    _load_orders(session, text)
    build_facts(session, orders="orders_raw", into="synced_facts")
    rows = places.lake().rewrite(session, customer_ids, "synced_facts")
    session.drop("synced_facts")
    return rows


def _write_part(session: Session, part: int) -> None:
    """Write all customers of one range again, from what ``compare`` has loaded."""
    run = session.connection.execute
    where = f"customer_id // {PART} = {part}"
    known = run(
        f"SELECT customer_id FROM facts WHERE {where} UNION SELECT customer_id FROM orders_raw WHERE {where}"
    ).fetchall()
    run(f"CREATE OR REPLACE TEMPORARY VIEW part_orders AS SELECT * FROM orders_raw WHERE {where}")
    build_facts(session, orders="part_orders", into="synced_facts")
    places.lake().rewrite(session, [customer for (customer,) in known], "synced_facts")
    places.lake().attach(session)


def _write_customers(session: Session) -> None:
    with extract.stream(extract.customers_sql(), extract.CUSTOMERS) as reader:
        session.register("_customers_stream", reader)
        columns = ", ".join(
            f"CAST({f.name} AS {extract.SQL_TYPES[f.type]}) AS {f.name}" for f in extract.CUSTOMERS
        )
        with appearing(places.customers_file()) as path:
            session.connection.execute(
                f"COPY (SELECT {columns} FROM _customers_stream ORDER BY customer_id) "
                f"TO '{_quoted(str(path))}' (FORMAT parquet, COMPRESSION zstd)"
            )
        session.unregister("_customers_stream")


def _load_orders(session: Session, text: str) -> None:
    """Offer ``orders_raw``: the orders of living customers."""
    extract.load(session, "orders_loaded", text, extract.ORDERS)
    living = _quoted(str(places.customers_file()))
    session.connection.execute(
        "CREATE OR REPLACE TEMPORARY VIEW orders_raw AS SELECT o.* FROM orders_loaded o "
        f"SEMI JOIN read_parquet('{living}') c ON c.customer_id = o.customer_id"
    )


def _sums(session: Session, relation: str) -> dict[int, tuple[int, ...]]:
    found = session.connection.execute(
        f"SELECT customer_id // {PART}, COUNT(*), CAST(SUM(order_id) AS BIGINT), CAST(SUM(day) AS BIGINT), "
        "CAST(SUM(revenue) AS BIGINT), CAST(SUM(returned) AS BIGINT), CAST(SUM(cost) AS BIGINT), "
        f"COUNT(cost), CAST(SUM(CAST(category_mask AS HUGEINT)) AS DOUBLE) FROM {relation} GROUP BY 1"
    ).fetchall()
    return {part: tuple(values) for part, *values in found}


def _quoted(path: str) -> str:
    return path.replace("'", "''")
