"""From loaded rows to the relations of the catalogue: one way for the whole base and for a few customers.

Needs in the session: the extracts, ``feature_rows`` (the features by customer) and ``order_rows`` (facts).
Leaves ``people``, ``facts``, ``items``, ``returns``, ``contacts``, ``tier_changes``, ``stage_changes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

import pyarrow as pa

from zhike.analytics.calendars import Birthday, InvalidLunarDate, between, birthday_of
from zhike.analytics.engine import Session
from zhike.analytics.features import CATALOGUE
from zhike.analytics.features.catalogue import INTERNAL
from zhike.analytics.segments.comparisons import TAG_MARK
from zhike.crm.catalog.models import Category
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField
from zhike.crm.insight import extract
from zhike.crm.insight.days import day_of, number
from zhike.crm.segments import purchases
from zhike.crm.segments.extracts import (
    BIRTH,
    PREDICTED_MONEY,
    PREDICTED_NUMBERS,
    PREDICTED_SHARES,
)
from zhike.crm.segments.fields import CATEGORIES, own_column, own_fields

ROWS = ("facts", purchases.RELATION, "returns", "contacts", "tier_changes", "stage_changes")
ORDER_COLUMNS = "customer_id, day, revenue, returned, cost, category_mask"
FEATURES = tuple(name for name in CATALOGUE if name not in INTERNAL)
_SCORES = ("tier_score", "lifecycle", "rfm_segment", "abc_class")
_RATINGS = ("r_score", "f_score", "m_score")
_PREDICTED = (
    *PREDICTED_SHARES,
    *PREDICTED_NUMBERS,
    *PREDICTED_MONEY,
    *("rhythm_status", "next_order_expected", "predicted_day"),
)


def assemble(session: Session, as_of: int) -> None:
    """Build all relations in the session."""
    _category_sets(session)
    _occasions(session, as_of)
    run = session.connection.execute
    run(_people_sql(as_of))
    run(_FACTS)
    run(_RETURNS)
    purchases.assemble(session)
    for name, text in _PLAIN.items():
        run(f"CREATE OR REPLACE TABLE {name} AS {text} ORDER BY customer_id, day")


_FACTS = """
CREATE OR REPLACE TABLE facts AS
SELECT f.customer_id, CAST(f.day AS INT) AS day, f.revenue, f.revenue - f.returned AS net, f.cost,
  f.revenue - f.returned - f.cost AS margin, s.categories
FROM order_rows f JOIN people p ON p.customer_id = f.customer_id
LEFT JOIN category_sets s ON s.mask = f.category_mask
WHERE f.revenue > 0 ORDER BY f.customer_id, f.day
"""
_RETURNS = """
CREATE OR REPLACE TABLE returns AS
SELECT f.customer_id, CAST(f.day AS INT) AS day, f.returned AS amount
FROM order_rows f JOIN people p ON p.customer_id = f.customer_id
WHERE f.returned > 0 ORDER BY f.customer_id, f.day
"""
_CHANGES = """
SELECT s.customer_id, CAST(s.day AS INT) AS day, s.before, s.value AS after FROM (
  SELECT customer_id, day, value, LAG(value) OVER (PARTITION BY customer_id ORDER BY day) AS before
  FROM {spans}
) s JOIN people p ON p.customer_id = s.customer_id
WHERE s.before IS NOT NULL AND s.before <> s.value
"""
_PLAIN = {
    "contacts": "SELECT r.customer_id, CAST(r.day AS INT) AS day, r.kind FROM contact_rows r "
    "JOIN people p ON p.customer_id = r.customer_id",
    "tier_changes": _CHANGES.format(spans="tier_spans"),
    "stage_changes": _CHANGES.format(spans="stage_spans"),
}


def _people_sql(as_of: int) -> str:
    own = own_fields()
    dates = [one for one in own if one.field_type == FieldType.DATE]
    columns = [
        "p.customer_id, p.owner_id, p.team_id",
        "CAST(p.owner_id AS VARCHAR) AS owner, CAST(p.team_id AS VARCHAR) AS team",
        "CAST(p.created_day AS INT) AS created_day, CAST(p.last_contact AS INT) AS last_contact",
        f"CAST({int(as_of)} - p.last_contact AS INT) AS contact_days",
        "p.has_phone = 1 AS has_phone, p.has_email = 1 AS has_email",
        *(f"p.{name}" for name in extract.ATTRIBUTES),
        *(f"{_or_empty(name, CATALOGUE[name].empty)} AS {name}" for name in FEATURES),
        "COALESCE(CAST(s.tier AS SMALLINT), 0) AS tier",
        *(f"s.{name}" for name in _SCORES),
        *(f"CAST(NULLIF(s.{name}, 0) AS SMALLINT) AS {name}" for name in _RATINGS),
        *(f"d.{name}" for name in _PREDICTED),
        "t.tags, b.next_birthday, k.next_birthday AS next_contact_birthday",
        "y.next_day AS next_first_order",
        *(f"{_own_sql(one)} AS {own_column(one.pk)}" for one in own),
        *(f"y{one.pk}.next_day AS next_{own_column(one.pk)}" for one in dates),
    ]
    joins = [
        *(f"LEFT JOIN year_days y{one.pk} ON y{one.pk}.day = {_own_sql(one)}" for one in dates),
        f"LEFT JOIN ({_TAG_TEXTS}) t ON t.customer_id = p.customer_id",
        f"LEFT JOIN ({_BIRTHDAYS.format(0)}) b ON b.customer_id = p.customer_id",
        f"LEFT JOIN ({_BIRTHDAYS.format(1)}) k ON k.customer_id = p.customer_id",
    ]
    return (
        f"CREATE OR REPLACE TABLE people AS SELECT {', '.join(columns)} FROM profile p "
        "LEFT JOIN feature_rows f ON f.customer_id = p.customer_id "
        "LEFT JOIN published_scores s ON s.customer_id = p.customer_id "
        "LEFT JOIN predicted d ON d.customer_id = p.customer_id "
        f"LEFT JOIN year_days y ON y.day = f.first_order {' '.join(joins)} ORDER BY p.customer_id"
    )


def _or_empty(name: str, empty: str) -> str:
    return f"f.{name}" if empty == "NULL" else f"COALESCE(f.{name}, {empty})"


_MARK = f"chr({ord(TAG_MARK)})"
_TAG_TEXTS = (
    f"SELECT customer_id, {_MARK} || string_agg(name, {_MARK} ORDER BY name) || {_MARK} AS tags "
    "FROM tagged GROUP BY customer_id"
)
_BIRTHDAYS = (
    "SELECT r.customer_id, MIN(n.next_day) AS next_birthday FROM births r JOIN birth_days n ON "
    + " AND ".join(f"n.{name} IS NOT DISTINCT FROM r.{name}" for name in BIRTH)
    + " WHERE r.of_contact = {} GROUP BY r.customer_id"
)


def _own_sql(one: CustomField) -> str:
    """A field of the company's own, out of the JSON that it is stored in."""
    path = f"'$.\"{one.key.replace(chr(39), chr(39) * 2).replace(chr(34), '')}\"'"
    text = f"json_extract_string(p.custom, {path})"
    if one.field_type == FieldType.NUMBER:
        return f"TRY_CAST({text} AS DOUBLE)"
    if one.field_type == FieldType.DATE:
        return f"CAST(TRY_CAST({text} AS DATE) - DATE '1970-01-01' AS INT)"
    if one.field_type == FieldType.BOOLEAN:
        return f"({text} = 'true')"
    if one.field_type == FieldType.MULTIPLE:
        several = f"json_extract_string(p.custom, {path[:-1]}[*]')"
        return (
            f"CASE WHEN len({several}) > 0 THEN {_MARK} || array_to_string({several}, {_MARK}) || {_MARK} END"
        )
    return text


def _category_sets(session: Session) -> None:
    """The marked-up list of top-level categories of every mask that occurs."""
    by_bit = dict(Category.objects.filter(ordinal__lt=CATEGORIES).values_list("ordinal", "pk"))
    masks = [
        mask
        for (mask,) in session.connection.execute(
            "SELECT DISTINCT category_mask FROM order_rows WHERE category_mask <> 0"
        ).fetchall()
    ]
    session.load(
        "category_sets",
        pa.table(
            {"mask": masks, "categories": [_category_text(mask, by_bit) for mask in masks]},
            schema=pa.schema([("mask", pa.int64()), ("categories", pa.string())]),
        ),
    )


def _category_text(mask: int, by_bit: dict[int | None, int]) -> str | None:
    found = [str(pk) for bit, pk in by_bit.items() if bit is not None and mask >> bit & 1]
    return f"{TAG_MARK}{TAG_MARK.join(found)}{TAG_MARK}" if found else None


def _occasions(session: Session, as_of: int) -> None:
    """``birth_days`` by birthday and ``year_days`` by date: the next day on which each comes round."""
    births = session.connection.execute(f"SELECT DISTINCT {', '.join(BIRTH)} FROM births").fetchall()
    rows = [(*birth, _next_birthday(birth, as_of)) for birth in births]
    _load_days(session, "birth_days", (*BIRTH, "next_day"), rows)
    own = [_own_sql(one) for one in own_fields() if one.field_type == FieldType.DATE]
    texts = [f"SELECT {text} AS day FROM profile p" for text in own]
    found = session.connection.execute(
        " UNION ".join(["SELECT DISTINCT CAST(first_order AS INT) AS day FROM feature_rows", *texts])
    ).fetchall()
    days = [(day, _next_after(day, as_of)) for (day,) in found if day is not None]
    _load_days(session, "year_days", ("day", "next_day"), days)


def _load_days(
    session: Session, name: str, columns: tuple[str, ...], rows: Sequence[tuple[int | None, ...]]
) -> None:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    kinds = [pa.int32() if column == "next_day" else pa.int64() for column in columns]
    arrays = [pa.array(list(column), kind) for column, kind in zip(values, kinds, strict=True)]
    session.load(name, pa.table(dict(zip(columns, arrays, strict=True))))


def _next_birthday(birth: tuple[int | None, ...], as_of: int) -> int | None:
    born, month, day, leap, lunar = birth
    try:
        if born is not None:
            kept = birthday_of(_date(born), lunar=bool(lunar))
        elif month and day:
            kept = Birthday(month, day, bool(lunar), bool(lunar and leap))
        else:
            return None
        return _next(kept, as_of)
    except (InvalidLunarDate, ValueError):
        return None


def _next_after(day: int, as_of: int) -> int | None:
    """An anniversary is never the day itself."""
    born = _date(day)
    return _next(Birthday(born.month, born.day), max(as_of, day + 1))


@lru_cache(maxsize=20_000)
def _next(birthday: Birthday, day: int) -> int | None:
    first = _date(day)
    found = between(birthday, first, first + timedelta(days=400))
    return number(found[0].on) if found else None


def _date(day: int) -> date:
    found = day_of(day)
    assert found is not None
    return found
