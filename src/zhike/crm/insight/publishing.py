"""Publishing: the one verb that writes scores, tiers and stages where people read them.

Rows travel in chunks, each in a transaction of its own. A row is written only when the published one is
still the one that the evaluation started from: a newer event always wins, whoever comes later evaluates
that customer again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhike.crm.customers.models import Customer
from zhike.crm.insight import history, signals
from zhike.crm.insight.days import day_of
from zhike.crm.insight.models import CustomerScore
from zhike.platform.money import from_units

Row = Mapping[str, Any]

DAYS = ("as_of", "pending_since", "opening_pending_since", "first_order", "last_order")
MONEY = ("revenue", "returns", "net_revenue", "margin")
PLAIN = (
    "tier_score",
    "raw_tier",
    "tier",
    "lifecycle",
    "rfm_segment",
    "abc_class",
    "frequency",
    "purchase_days",
    "expected_gap",
)
RATINGS = ("r_score", "f_score", "m_score")
SOURCE_COLUMNS = ("customer_id", *DAYS, *MONEY, *PLAIN, *RATINGS, "opening_tier", "earned_tier", "reasons")


@dataclass(frozen=True)
class Basis:
    """What an evaluation rests on: the version, and the position of the change log that it has seen."""

    version_id: int
    seq: int


@dataclass
class Outcome:
    """Customers that were written, and those whose published row changed meanwhile."""

    written: int = 0
    changes: int = 0
    overtaken: list[int] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        self.written += other.written
        self.changes += other.changes
        self.overtaken += other.overtaken


def publish(
    rows: Sequence[Row],
    basis: Basis,
    seen: Mapping[int, int],
    past: Mapping[int, list[Any]] | None = None,
) -> Outcome:
    """Write one chunk of evaluated rows.

    ``seen`` holds the revision of the published row that each evaluation started from (absent: there was
    none). ``past`` holds reconstructed changes (day, tier, tier score, stage) of customers without a history.
    """
    if not rows:
        return Outcome()
    now = timezone.now()
    with transaction.atomic():
        alive = _locked([row["customer_id"] for row in rows])
        published = _published(alive)
        wanted = [row for row in rows if row["customer_id"] in alive]
        fresh = [row for row in wanted if _is_current(row["customer_id"], published, seen, basis.seq)]
        written = {row["customer_id"] for row in fresh}
        overtaken = [row["customer_id"] for row in wanted if row["customer_id"] not in written]
        _prepend({c: p for c, p in (past or {}).items() if c in written}, basis, now)
        changed: list[signals.Change] = []
        changes = _extend(fresh, basis, now, changed)
        # A past that was just reconstructed is no news.
        signals.announce([one for one in changed if one.customer_id not in (past or {})])
        _upsert([_values(row, basis, now, seen.get(row["customer_id"], 0) + 1) for row in fresh])
    return Outcome(len(fresh), changes, overtaken)


def retire(customer_ids: Iterable[int], day: int) -> int:
    """Take customers that are gone out of what is published; their histories end."""
    ids = list(customer_ids)
    with transaction.atomic():
        gone = set(ids) - _locked(ids)
        for track in (history.TIERS, history.STAGES):
            history.close(track, gone, day_of(day) or timezone.localdate())
        CustomerScore.objects.filter(customer_id__in=gone).delete()
    return len(gone)


def _locked(customer_ids: Sequence[int]) -> set[int]:
    """Those that live, locked against every other publisher until the transaction ends."""
    living = Customer.objects.filter(pk__in=customer_ids, deleted_at__isnull=True).order_by("pk")
    if connection.features.has_select_for_no_key_update:
        living = living.select_for_update(no_key=True)
    return set(living.values_list("pk", flat=True))


def _published(customer_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """(revision, position) of what is published now."""
    found = CustomerScore.objects.filter(customer_id__in=customer_ids)
    return {c: (revision, seq) for c, revision, seq in found.values_list("customer_id", "revision", "seq")}


def _is_current(
    customer: int, published: Mapping[int, tuple[int, int]], seen: Mapping[int, int], seq: int
) -> bool:
    if customer not in published:
        return customer not in seen
    revision, position = published[customer]
    return revision == seen.get(customer) and position <= seq


def _prepend(past: Mapping[int, list[Any]], basis: Basis, now: datetime) -> None:
    if not past:
        return
    tiers: dict[int, list[Any]] = {}
    stages: dict[int, list[Any]] = {}
    for customer, steps in past.items():
        for day, tier, score, stage in steps:
            if tier is not None:
                notes = (score, basis.version_id)
                tiers.setdefault(customer, []).append((day_of(day), tier, notes))
            if stage is not None:
                stages.setdefault(customer, []).append((day_of(day), stage, ()))
    history.prepend(history.TIERS, tiers, now)
    history.prepend(history.STAGES, stages, now)


def _extend(rows: Sequence[Row], basis: Basis, now: datetime, changed: list[signals.Change]) -> int:
    if not rows:
        return 0
    day = day_of(rows[0]["as_of"])
    assert day is not None
    tiers = {row["customer_id"]: row["tier"] for row in rows}
    stages = {row["customer_id"]: row["lifecycle"] for row in rows}
    notes = {row["customer_id"]: (row["tier_score"], basis.version_id) for row in rows}
    count = history.extend(history.TIERS, tiers, day, now, notes, changed)
    return count + history.extend(history.STAGES, stages, day, now, changes=changed)


def _values(row: Row, basis: Basis, now: datetime, revision: int) -> dict[str, Any]:
    """The row in the store's own form: dates, money and reasons as they are written."""
    on = connection.ops.adapt_datefield_value
    return {
        "customer_id": row["customer_id"],
        "version_id": basis.version_id,
        "seq": basis.seq,
        "revision": revision,
        "evaluated_at": connection.ops.adapt_datetimefield_value(now),
        "opening_tier": row["opening_tier"] or 0,
        # Where nobody decided otherwise, the tier is the one that was earned.
        "earned_tier": row["tier"] if row.get("earned_tier") is None else row["earned_tier"],
        "reasons": row["reasons"] or "[]",
        **{name: on(day_of(row[name])) for name in DAYS},
        **{name: _money(row[name]) for name in MONEY},
        **{name: row[name] for name in PLAIN},
        **{name: row[name] or None for name in RATINGS},
    }


def _money(units: int | None) -> str | None:
    return None if units is None else str(from_units(units))


def _upsert(values: Sequence[Mapping[str, Any]]) -> None:
    """Insert or replace, many rows per round trip; the revision guards once more against a row in between."""
    if not values:
        return
    fields = CustomerScore._meta.concrete_fields
    columns = [connection.ops.quote_name(str(f.column)) for f in fields]
    updates = ", ".join(f"{c} = excluded.{c}" for c in columns[1:])
    table = connection.ops.quote_name(CustomerScore._meta.db_table)
    text = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({columns[0]}) DO UPDATE SET {updates} WHERE {table}.revision = excluded.revision - 1"
    )
    prepared = [[row[f.attname] for f in fields] for row in values]
    with connection.cursor() as cursor:
        cursor.executemany(text, prepared)
