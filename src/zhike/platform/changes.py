"""The change log: triggers that write it, and reading it up to a point that is safe.

Triggers see bulk writes, deletes and hand-made SQL, in the transaction of the change. On PostgreSQL they
work per statement over the changed rows; SQLite knows row triggers only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from zhike.platform.models import ChangeLog, Watermark

#: Entities that no figure of the analysis rests on: tags, and places in lists.
ASIDE = ("tag", "list")


@dataclass(frozen=True)
class Watched:
    """A table whose changes make a customer's understanding stale."""

    table: str
    entity: str
    customer: str  # expression over the row, with {row} as its alias


def install_sql(watched: Watched, vendor: str) -> list[str]:
    """Statements that create the triggers of one table."""
    return _sqlite(watched) if vendor == "sqlite" else _postgresql(watched)


def remove_sql(watched: Watched, vendor: str) -> list[str]:
    """Statements that drop them again."""
    events = ("insert", "update", "delete")
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS changes_{watched.table}_{event}" for event in events]
    drops = [f"DROP TRIGGER IF EXISTS changes_{event} ON {watched.table}" for event in events]
    return [*drops, f"DROP FUNCTION IF EXISTS changes_{watched.table}() CASCADE"]


def _sqlite(watched: Watched) -> list[str]:
    statements = []
    for event, rows in (("insert", ["NEW"]), ("update", ["OLD", "NEW"]), ("delete", ["OLD"])):
        expressions = [watched.customer.format(row=row) for row in rows]
        # UNION drops the second row when the customer did not change.
        selects = " UNION ".join(f"SELECT '{watched.entity}', {one}, 0" for one in expressions)
        statements.append(
            f"CREATE TRIGGER changes_{watched.table}_{event} AFTER {event.upper()} ON {watched.table} BEGIN "
            f"INSERT INTO platform_changelog (entity, customer_id, xid) {selects}; END"
        )
    return statements


def _postgresql(watched: Watched) -> list[str]:
    xid = "(pg_current_xact_id()::text)::bigint"
    old = f"SELECT {watched.customer.format(row='o')} AS customer_id FROM old_rows o"
    new = f"SELECT {watched.customer.format(row='n')} AS customer_id FROM new_rows n"
    insert = (
        "INSERT INTO platform_changelog (entity, customer_id, xid) "
        f"SELECT DISTINCT '{watched.entity}', changed.customer_id, {xid} FROM ({{rows}}) AS changed;"
    )
    body = (
        "BEGIN "
        f"IF TG_OP = 'INSERT' THEN {insert.format(rows=new)} "
        f"ELSIF TG_OP = 'DELETE' THEN {insert.format(rows=old)} "
        f"ELSE {insert.format(rows=f'{old} UNION {new}')} END IF; RETURN NULL; END"
    )
    function = (
        f"CREATE OR REPLACE FUNCTION changes_{watched.table}() "
        f"RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    )
    tables = {
        "insert": "NEW TABLE AS new_rows",
        "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "OLD TABLE AS old_rows",
    }
    triggers = [
        f"CREATE TRIGGER changes_{event} AFTER {event.upper()} ON {watched.table} REFERENCING {referencing} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION changes_{watched.table}()"
        for event, referencing in tables.items()
    ]
    return [function, *triggers]


def position_field() -> str:
    """What orders the log: the sequence on SQLite, the transaction on PostgreSQL.

    PostgreSQL hands out sequence numbers before commit, so a lower one may appear after a higher one was
    read; transactions below the oldest running one, in contrast, are complete.
    """
    return "seq" if connection.vendor == "sqlite" else "xid"


def safe_position() -> int:
    """The position up to which the log is complete: nothing can still be added at or below it."""
    if connection.vendor == "sqlite":
        return ChangeLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint - 1")
        return int(cursor.fetchone()[0])


def watermark(consumer: str) -> int:
    """How far the consumer has come (0 at first)."""
    return Watermark.objects.filter(pk=consumer).values_list("seq", flat=True).first() or 0


def advance(consumer: str, position: int) -> None:
    """Move the consumer's watermark forward, never back."""
    Watermark.objects.get_or_create(consumer=consumer)
    Watermark.objects.filter(consumer=consumer, seq__lt=position).update(seq=position)


def changed_customers(
    after: int, upto: int, *, only: Collection[str] = (), besides: Collection[str] = ()
) -> list[int]:
    """Distinct customers with a change in ``(after, upto]``, of some entities or besides some."""
    rows = _between(after, upto).filter(customer_id__isnull=False).exclude(entity__in=besides)
    if only:
        rows = rows.filter(entity__in=only)
    found = rows.order_by().values_list("customer_id", flat=True).distinct()
    return [customer_id for customer_id in found if customer_id is not None]


def _between(after: int, upto: int) -> QuerySet[ChangeLog]:
    field = position_field()
    return ChangeLog.objects.filter(**{f"{field}__gt": after, f"{field}__lte": upto})


def prune(consumers: Sequence[str]) -> int:
    """Delete what every consumer has seen. Returns the number of rows deleted."""
    seen = min((watermark(name) for name in consumers), default=0)
    return ChangeLog.objects.filter(**{f"{position_field()}__lt": seen}).delete()[0]
