"""The operational rows that conditions speak about, as one text each: the same for everybody and for a few.

Whole tables stream in columns; the rows of a few changed customers come through Django's own connection,
which is open already. Both ways load the same columns under the same names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from zhike.analytics.engine import Session
from zhike.crm.insight import extract, ranks
from zhike.crm.insight.extract import FLOAT, INT, TEXT
from zhike.platform.models import Installation
from zhike.platform.store import MANY, is_sqlite

#: So many customers at once go into one statement of the store.
PART = 10_000
ITEMS = "item_rows"
PREDICTED_MONEY = ("clv", "clv_low", "clv_high", "value_at_risk")
PREDICTED_SHARES = ("p_active", "churn_probability")
PREDICTED_NUMBERS = ("expected_orders", "cycle_days", "rhythm_ratio")


@dataclass(frozen=True)
class Extract:
    """Rows of one table; ``customer`` is the column that narrows them to some customers."""

    name: str
    text: str
    schema: pa.Schema
    customer: str


def extracts(tiers: ranks.Ranks | None = None) -> list[Extract]:
    """Everything but orders, in no particular order; tiers are counted by the order that they have there."""
    tiers = tiers or ranks.now()
    rest = (_profile(), _predictions(), _tags(), _births(), _contacts(), _items())
    return [*rest, _scores(tiers), *_histories(tiers)]


def load_all(session: Session, tiers: ranks.Ranks) -> None:
    for one in extracts(tiers):
        extract.load(session, one.name, one.text, one.schema)


def load_few(
    session: Session, customer_ids: Sequence[int], tiers: ranks.Ranks, unasked: Collection[str] = ()
) -> None:
    """The rows of some customers, in this connection's own transaction; none of what is ``unasked``."""
    for one in extracts(tiers):
        ids = [] if one.name in unasked else customer_ids
        session.load(one.name, rows_of(one.text, one.customer, ids, one.schema))


def rows_of(text: str, column: str, customer_ids: Sequence[int], schema: pa.Schema) -> pa.Table:
    """The rows of some customers, a part of the customers at a time."""
    # The columnar connection to PostgreSQL takes longer to open than these rows take to come.
    read = extract.table if is_sqlite() and len(customer_ids) >= MANY else extract.rows
    parts = [
        read(extract.of_customers(text, column, customer_ids[start : start + PART]), schema)
        for start in range(0, len(customer_ids), PART)
    ]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _profile() -> Extract:
    names = ", ".join(f"c.{'province' if n == 'region' else n} AS {n}" for n in extract.ATTRIBUTES)
    text = (
        f"SELECT c.id AS customer_id, {_day('c.created_at')} AS created_day, c.owner_id AS owner_id, "
        f"c.team_id AS team_id, {_day('c.last_contact_at')} AS last_contact, "
        "CASE WHEN c.phone <> '' THEN 1 ELSE 0 END AS has_phone, "
        "CASE WHEN c.email <> '' THEN 1 ELSE 0 END AS has_email, "
        f"NULLIF(CAST(c.custom AS TEXT), '{{}}') AS custom, {names} FROM customers_customer c "
        f"WHERE c.deleted_at IS NULL AND {_not('c.no_profiling')}"
    )
    numbers = ("customer_id", "created_day", "owner_id", "team_id", "last_contact", "has_phone", "has_email")
    schema = pa.schema(
        [(name, INT) for name in numbers] + [(name, TEXT) for name in ("custom", *extract.ATTRIBUTES)]
    )
    return Extract("profile", text, schema, "c.id")


def _scores(tiers: ranks.Ranks) -> Extract:
    ratings = ", ".join(f"s.{name} AS {name}" for name in ("r_score", "f_score", "m_score"))
    text = (
        f"SELECT s.customer_id AS customer_id, {tiers.place_sql('s.version_id', 's.tier')} AS tier, "
        "s.tier_score AS tier_score, "
        f"s.lifecycle AS lifecycle, s.rfm_segment AS rfm_segment, s.abc_class AS abc_class, {ratings} "
        "FROM insight_customerscore s WHERE 1 = 1"
    )
    schema = pa.schema(
        [("customer_id", INT), ("tier", INT), ("tier_score", FLOAT)]
        + [(name, TEXT) for name in ("lifecycle", "rfm_segment", "abc_class")]
        + [(name, INT) for name in ("r_score", "f_score", "m_score")]
    )
    return Extract("published_scores", text, schema, "s.customer_id")


def _predictions() -> Extract:
    plain = (*PREDICTED_SHARES, *PREDICTED_NUMBERS)
    columns = [f"p.{name} AS {name}" for name in (*plain, "rhythm_status")]
    columns += [f"{extract.units_sql(f'p.{name}')} AS {name}" for name in PREDICTED_MONEY]
    text = (
        f"SELECT p.customer_id AS customer_id, {extract.day_sql('p.as_of')} AS predicted_day, "
        f"{extract.day_sql('p.next_order_expected')} AS next_order_expected, {', '.join(columns)} "
        "FROM prediction_customerprediction p WHERE 1 = 1"
    )
    numbers = ("customer_id", "predicted_day", "next_order_expected")
    schema = pa.schema(
        [(name, INT) for name in numbers]
        + [(name, FLOAT) for name in plain]
        + [("rhythm_status", TEXT)]
        + [(name, INT) for name in PREDICTED_MONEY]
    )
    return Extract("predicted", text, schema, "p.customer_id")


def _tags() -> Extract:
    text = (
        "SELECT m.customer_id AS customer_id, t.name AS name FROM customers_customer_tags m "
        "JOIN customers_tag t ON t.id = m.tag_id WHERE 1 = 1"
    )
    return Extract("tagged", text, pa.schema([("customer_id", INT), ("name", TEXT)]), "m.customer_id")


#: A birthday in its own calendar: ``born`` is the day of birth, empty where only month and day are known.
BIRTH = ("born", "month", "day_of_month", "leap", "lunar")


def _births() -> Extract:
    """Birthdays of the customers themselves and (``of_contact``) of the people at them."""
    columns = (
        f"{extract.day_sql('{0}.birthday')} AS born, {{0}}.birthday_month AS month, "
        "{0}.birthday_day AS day_of_month, CASE WHEN {0}.birthday_leap THEN 1 ELSE 0 END AS leap, "
        "CASE WHEN {0}.birthday_calendar = 'lunar' THEN 1 ELSE 0 END AS lunar"
    )
    known = "({0}.birthday IS NOT NULL OR {0}.birthday_month IS NOT NULL) AND {0}.deceased_on IS NULL"
    text = (
        "SELECT * FROM ("
        f"SELECT c.id AS customer_id, 0 AS of_contact, {columns.format('c')} FROM customers_customer c "
        f"WHERE c.deleted_at IS NULL AND {known.format('c')} UNION ALL "
        f"SELECT k.customer_id AS customer_id, 1 AS of_contact, {columns.format('k')} "
        f"FROM customers_contact k WHERE k.deleted_at IS NULL AND {known.format('k')}) b WHERE 1 = 1"
    )
    schema = pa.schema([(name, INT) for name in ("customer_id", "of_contact", *BIRTH)])
    return Extract("births", text, schema, "b.customer_id")


def _contacts() -> Extract:
    text = (
        f"SELECT i.customer_id AS customer_id, {_day('i.at')} AS day, i.kind AS kind "
        "FROM interactions_interaction i WHERE 1 = 1"
    )
    schema = pa.schema([("customer_id", INT), ("day", INT), ("kind", TEXT)])
    return Extract("contact_rows", text, schema, "i.customer_id")


def _items() -> Extract:
    """Purchase lines with a product."""
    text = (
        f"SELECT o.customer_id AS customer_id, {extract.day_sql('o.business_date')} AS day, "
        "o.id AS order_id, l.product_id AS product_id, "
        f"CAST(l.quantity AS DOUBLE PRECISION) AS quantity, {extract.units_sql('l.amount')} AS amount "
        "FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id "
        "WHERE o.customer_id IS NOT NULL AND o.status <> 'cancelled' AND l.kind = 'purchase' "
        "AND l.product_id IS NOT NULL"
    )
    kinds = {"quantity": FLOAT}
    names = ("customer_id", "day", "order_id", "product_id", "quantity", "amount")
    schema = pa.schema([(name, kinds.get(name, INT)) for name in names])
    return Extract(ITEMS, text, schema, "o.customer_id")


def _histories(tiers: ranks.Ranks) -> list[Extract]:
    found = []
    for name, table, value in (
        ("tier_spans", "insight_tierhistory", tiers.code_sql("h.version_id", "h.tier")),
        ("stage_spans", "insight_stagehistory", "h.lifecycle"),
    ):
        text = (
            f"SELECT h.customer_id AS customer_id, {extract.day_sql('h.valid_from')} AS day, "
            f"{value} AS value FROM {table} h WHERE 1 = 1"
        )
        schema = pa.schema([("customer_id", INT), ("day", INT), ("value", TEXT)])
        found.append(Extract(name, text, schema, "h.customer_id"))
    return found


MEMBERS = pa.schema([("segment", TEXT), ("customer_id", INT)])
LIST_MEMBERS = pa.schema([("list_id", INT), ("customer_id", INT)])


def members_sql(segment_ids: Sequence[int]) -> str:
    """Open memberships of these segments."""
    return (
        "SELECT CAST(m.segment_id AS TEXT) AS segment, m.customer_id AS customer_id "
        f"FROM segments_membership m WHERE m.left_at IS NULL AND m.segment_id IN ({_numbers(segment_ids)})"
    )


PLACES = pa.schema([("segment_id", INT), ("customer_id", INT)])


def places_sql(segment_ids: Sequence[int]) -> str:
    """The same with the segments as numbers, which travel many times faster."""
    return (
        "SELECT m.segment_id AS segment_id, m.customer_id AS customer_id FROM segments_membership m "
        f"WHERE m.left_at IS NULL AND m.segment_id IN ({_numbers(segment_ids)})"
    )


def list_members_sql(list_ids: Sequence[int]) -> str:
    return (
        "SELECT l.list_id AS list_id, l.customer_id AS customer_id "
        f"FROM customers_listmember l WHERE l.list_id IN ({_numbers(list_ids)})"
    )


def _numbers(ids: Sequence[int]) -> str:
    return ", ".join(str(int(one)) for one in ids) or "NULL"


def _not(column: str) -> str:
    return f"{column} = 0" if is_sqlite() else f"NOT {column}"


def _day(column: str) -> str:
    """A moment as the day number in the company's zone.

    SQLite knows no zones: there today's distance from Greenwich is taken for all moments.
    """
    zone = Installation.current().time_zone
    if is_sqlite():
        offset = datetime.now(ZoneInfo(zone)).utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset is not None else 0
        return f"CAST(julianday(date({column}, '{minutes:+d} minutes')) - 2440587.5 AS INTEGER)"
    return f"(({column} AT TIME ZONE '{zone.replace(chr(39), '')}')::date - DATE '1970-01-01')"
