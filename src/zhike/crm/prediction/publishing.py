"""Publishing predictions: the rows that changed, in chunks, each in a transaction of its own.

Probabilities drift a little every day for everybody; a row is written when something about it moved by more
than its tolerance, when a version changed, or when it has become a week old. Products of a customer are
replaced together. A row that an event wrote later than the run's data is left alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Protocol

import pyarrow as pa
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.analytics.engine import Session
from zhike.crm.customers.models import Customer
from zhike.crm.insight import extract
from zhike.crm.insight.days import day_of
from zhike.crm.insight.extract import FLOAT, INT, TEXT
from zhike.crm.prediction.models import CustomerPrediction, ModelVersion, PairRule, Recommendation
from zhike.crm.prediction.sources import Sources
from zhike.platform.errors import Text
from zhike.platform.every_language import filled
from zhike.platform.money import from_units
from zhike.platform.rows import insert_prepared
from zhike.platform.store import MANY, gather_statistics, is_sqlite

MONEY = ("clv", "clv_low", "clv_high", "value_kept", "value_at_risk")
DAYS = ("next_order_expected", "next_order_low", "next_order_high")
PLAIN = (
    *("p_active", "expected_orders", "churn_probability", "churn_status", "churn_reasons"),
    *("cycle_days", "rhythm_status", "rhythm_ratio", "expected_need", "need_mark", "products_mark"),
)
NUMBERS = ("p_active", "expected_orders", "churn_probability", "cycle_days", "rhythm_ratio")
TEXTS = ("churn_status", "rhythm_status")
CHUNK, SMALLEST, LARGEST = 300, 50, 1000
LOCK_SECONDS = 0.1
# What may differ unwritten: absolutely, or as a share of the published figure with a floor.
SMALL_STEP = {"p_active": 0.01, "churn_probability": 0.01, "rhythm_ratio": 0.25, "next_order_expected": 2}
SMALL_SHARE = {
    **dict.fromkeys(("expected_orders", "cycle_days"), (0.02, 0.05)),
    **dict.fromkeys(MONEY, (0.02, 10_000)),
}
STALE_DAYS = 7

PUBLISHED = pa.schema(
    [(name, INT) for name in ("customer_id", "as_of", "seq", "products_mark", "need_mark", "same_versions")]
    + [(name, INT) for name in (*MONEY, *DAYS)]
    + [(name, FLOAT) for name in NUMBERS]
    + [(name, TEXT) for name in TEXTS]
)

Row = dict[str, Any]


class Basis(Protocol):
    """The day and the place in the change log that an evaluation rests on."""

    @property
    def as_of(self) -> date: ...

    @property
    def position(self) -> int: ...


def publish(
    sources: Sources, versions: dict[str, ModelVersion], tell: Callable[[float, Text], None]
) -> dict[str, int]:
    """Write what changed; returns the counts of rows written, retired and of rules."""
    session, spoken = sources.session, spoke(versions)
    extract.load(session, "published_predictions", published_sql(spoken), PUBLISHED)
    total = choose_changed(sources)
    written = 0
    for rows in chunks(session):
        written += write(session, rows, sources, spoken)
        share = 0.95 * written / max(total, 1)
        tell(share, filled(_("Publishing predictions: %(done)d of %(total)d"), done=written, total=total))
    retired = _retire(sources)
    rules = _replace_rules(sources)
    if written >= MANY:
        gather_statistics(CustomerPrediction, Recommendation)
    ((customers,),) = session.connection.execute("SELECT COUNT(*) FROM predicted").fetchall()
    return {"customers": customers, "published": written, "retired": retired, "rules": rules}


def spoke(versions: dict[str, ModelVersion]) -> str:
    """What is kept on each row: the number of each version, and what money means, as canonical JSON."""
    found: dict[str, Any] = {kind: version.number for kind, version in versions.items()}
    found["basis"] = versions["value"].parameters.get("basis", "revenue")
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


def published_sql(spoken: str) -> str:
    """What is published now, as the columns of ``PUBLISHED``."""
    literal = "'" + spoken.replace("'", "''") + "'" + ("" if is_sqlite() else "::jsonb")
    money = [f"{extract.units_sql(name)} AS {name}" for name in MONEY]
    dates = [f"{extract.day_sql(name)} AS {name}" for name in DAYS]
    return (
        f"SELECT customer_id, {extract.day_sql('as_of')} AS as_of, seq, products_mark, need_mark, "
        f"CASE WHEN versions = {literal} THEN 1 ELSE 0 END AS same_versions, "
        f"{', '.join([*money, *dates, *NUMBERS, *TEXTS])} FROM prediction_customerprediction"
    )


def choose_changed(sources: Sources) -> int:
    """``to_publish``: rows that differ from what is published, and whether their products do."""
    run = sources.session.connection.execute
    mark_products(sources.session)
    others = "COALESCE(m.mark, 0) <> COALESCE(p.products_mark, 0)"
    needs = "s.need_mark <> COALESCE(p.need_mark, 0)"
    run(
        f"CREATE OR REPLACE TABLE to_publish AS SELECT s.*, COALESCE(m.mark, 0) AS products_mark, "
        f"{others} AS products_changed FROM predicted s "
        "LEFT JOIN published_predictions p ON p.customer_id = s.customer_id "
        "LEFT JOIN product_marks m ON m.customer_id = s.customer_id "
        f"WHERE p.customer_id IS NULL OR (p.seq <= {int(sources.position)} AND (p.same_versions = 0 "
        f"OR p.as_of <= {sources.day - STALE_DAYS} OR {others} OR {needs} OR {_moved(sources.day)}))"
    )
    return int(run("SELECT COUNT(*) FROM to_publish").fetchall()[0][0])


def mark_products(session: Session) -> None:
    """``product_marks``: a hash of what is offered to each customer."""
    session.connection.execute(
        "CREATE OR REPLACE TABLE product_marks AS SELECT customer_id, "
        "CAST(bit_xor(hash(kind, rank, product_id, evidence)) >> 1 AS BIGINT) AS mark "
        "FROM scored_products GROUP BY customer_id"
    )


def _moved(day: int) -> str:
    """SQL: something about the customer moved by more than its tolerance."""
    steps = [f"abs(s.{name} - p.{name}) >= {step}" for name, step in SMALL_STEP.items()]
    shares = [
        f"abs(s.{name} - p.{name}) > {share} * greatest(abs(p.{name}), {floor})"
        for name, (share, floor) in SMALL_SHARE.items()
    ]
    known = [f"(s.{name} IS NULL) <> (p.{name} IS NULL)" for name in (*SMALL_STEP, *SMALL_SHARE)]
    texts = [f"s.{name} <> p.{name}" for name in TEXTS]
    passed = f"(p.next_order_expected < {int(day)} AND s.next_order_expected >= {int(day)})"
    return " OR ".join(f"COALESCE({one}, FALSE)" for one in (*steps, *shares, *known, *texts, passed))


def chunks(session: Session) -> Any:
    """Rows of ``to_publish`` by customer; the pieces shrink and grow so that nobody waits for the lock."""
    # A cursor of its own: an open result would block the session.
    reader = session.connection.cursor()
    reader.execute("SELECT * FROM to_publish ORDER BY customer_id")
    names = [column[0] for column in reader.description]
    size = CHUNK
    while found := reader.fetchmany(size):
        began = time.monotonic()
        yield [dict(zip(names, row, strict=True)) for row in found]
        seconds = max(time.monotonic() - began, 0.001)
        size = max(SMALLEST, min(LARGEST, int(size * min(2.0, LOCK_SECONDS / seconds))))
    reader.close()


def write(session: Session, rows: Sequence[Row], sources: Sources, spoken: str) -> int:
    """One chunk: predictions and, where they changed, all products of those customers."""
    changed = [row["customer_id"] for row in rows if row["products_changed"]]
    products = products_of(session, changed)
    with transaction.atomic():
        write_rows(rows, sources, spoken)
        replace_products(changed, products, sources)
    return len(rows)


def write_rows(rows: Sequence[Row], basis: Basis, spoken: str) -> None:
    """Insert or replace the predictions of those who live and may be profiled; a newer row stays."""
    living = _living([row["customer_id"] for row in rows])
    _upsert([_values(row, basis, spoken) for row in rows if row["customer_id"] in living])


def _living(customer_ids: Sequence[int]) -> set[int]:
    """Those that live and may be profiled, locked until the transaction ends."""
    rows = Customer.objects.filter(pk__in=customer_ids, deleted_at__isnull=True, no_profiling=False)
    rows = rows.order_by("pk")
    if connection.features.has_select_for_no_key_update:
        rows = rows.select_for_update(no_key=True)
    return set(rows.values_list("pk", flat=True))


def _values(row: Row, basis: Basis, spoken: str) -> Row:
    on = connection.ops.adapt_datefield_value
    return {
        "customer_id": row["customer_id"],
        "as_of": on(basis.as_of),
        "versions": spoken,
        "seq": basis.position,
        "written_at": connection.ops.adapt_datetimefield_value(timezone.now()),
        **{name: None if row[name] is None else str(from_units(row[name])) for name in MONEY},
        **{name: on(day_of(row[name])) for name in DAYS},
        **{name: row[name] for name in PLAIN},
    }


def _upsert(values: Sequence[Row]) -> None:
    if not values:
        return
    fields = CustomerPrediction._meta.concrete_fields
    columns = [connection.ops.quote_name(str(field.column)) for field in fields]
    table = connection.ops.quote_name(CustomerPrediction._meta.db_table)
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    text = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({columns[0]}) DO UPDATE SET {updates} WHERE {table}.seq <= excluded.seq"
    )
    with connection.cursor() as cursor:
        cursor.executemany(text, [[row[field.attname] for field in fields] for row in values])


def products_of(session: Session, customer_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    if not customer_ids:
        return []
    ids = ", ".join(str(int(customer)) for customer in customer_ids)
    return session.connection.execute(
        "SELECT customer_id, kind, rank, product_id, score, evidence FROM scored_products "
        f"WHERE customer_id IN ({ids}) ORDER BY customer_id, kind, rank"
    ).fetchall()


def replace_products(customer_ids: Sequence[int], products: Sequence[tuple[Any, ...]], basis: Basis) -> None:
    """All products of those whose prediction was written from ``basis``: a newer one keeps its own."""
    written = CustomerPrediction.objects.filter(customer_id__in=customer_ids, seq=basis.position)
    mine = set(written.values_list("customer_id", flat=True)) if customer_ids else set()
    if not mine:
        return
    rows = Recommendation.objects.filter(customer_id__in=mine)
    rows._raw_delete(rows.db)
    day = connection.ops.adapt_datefield_value(basis.as_of)
    names = ("customer_id", "kind", "rank", "product_id", "score", "evidence", "as_of")
    insert_prepared(Recommendation, names, [(*row, day) for row in products if row[0] in mine])


def _retire(sources: Sources) -> int:
    """Those who are gone, may not be profiled any more or have no purchase left."""
    gone = sources.session.connection.execute(
        "SELECT p.customer_id FROM published_predictions p ANTI JOIN predicted s "
        f"ON s.customer_id = p.customer_id WHERE p.seq <= {int(sources.position)}"
    ).fetchall()
    ids = [customer for (customer,) in gone]
    for start in range(0, len(ids), LARGEST):
        withdraw(ids[start : start + LARGEST], sources.position)
    return len(ids)


@transaction.atomic
def withdraw(customer_ids: Sequence[int], position: int) -> None:
    """Take everything away that was predicted for these customers, except what was written from a later
    place in the change log than ``position``: it knew more."""
    newer = CustomerPrediction.objects.filter(customer_id__in=customer_ids, seq__gt=position)
    kept = set(newer.values_list("customer_id", flat=True))
    gone = [one for one in customer_ids if one not in kept]
    CustomerPrediction.objects.filter(customer_id__in=gone, seq__lte=position).delete()
    Recommendation.objects.filter(customer_id__in=gone).exclude(
        customer_id__in=CustomerPrediction.objects.filter(customer_id__in=gone).values("customer_id")
    ).delete()


def _replace_rules(sources: Sources) -> int:
    """All rules at once: they are one table of the whole base."""
    names = (
        *("left_id", "right_id", "n_left", "n_right", "n_both", "n_baskets", "support", "confidence"),
        *("lift", "confidence_low", "p_value", "q_value"),
    )
    found = sources.session.connection.execute(f"SELECT {', '.join(names)} FROM scored_pairs").fetchall()
    day = connection.ops.adapt_datefield_value(sources.as_of)
    with transaction.atomic():
        rules = PairRule.objects.all()
        rules._raw_delete(rules.db)
        insert_prepared(PairRule, (*names, "as_of"), [(*row, day) for row in found])
    return len(found)
