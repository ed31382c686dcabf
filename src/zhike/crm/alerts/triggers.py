"""Triggers that note complaints and returns, so that imports and hand-made SQL are seen too.

They are put back after every migration: a migration that rebuilds a table on SQLite drops its triggers.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

NOTE = (
    "INSERT INTO alerts_signal (kind, customer_id, ref, data) "
    "VALUES ('{kind}', NEW.customer_id, NEW.id, '{{}}')"
)
RETURN = "NEW.returned > 0 AND NEW.customer_id IS NOT NULL AND NEW.status = 'confirmed'"
COMPLAINT = "NEW.kind = 'complaint'"
# name, table, event, condition, kind
TRIGGERS = (
    ("alerts_complaint_insert", "interactions_interaction", "INSERT", COMPLAINT, "complaint"),
    ("alerts_complaint_update", "interactions_interaction", "UPDATE OF kind", COMPLAINT, "complaint"),
    ("alerts_return_insert", "orders_order", "INSERT", RETURN, "return"),
    ("alerts_return_update", "orders_order", "UPDATE OF returned, status, customer_id", RETURN, "return"),
)


def install(using: str = "default", **_kwargs: Any) -> None:
    """Create the triggers that are missing."""
    connection = connections[using]
    names = set(connection.introspection.table_names())
    if not {"alerts_signal", *(table for _name, table, *_rest in TRIGGERS)} <= names:
        return
    with connection.cursor() as cursor:
        for trigger in TRIGGERS:
            for statement in statements(*trigger, vendor=connection.vendor):
                cursor.execute(statement)


def statements(name: str, table: str, event: str, condition: str, kind: str, *, vendor: str) -> list[str]:
    note = NOTE.format(kind=kind)
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table} WHEN {condition} BEGIN {note}; END"
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {note}; RETURN NULL; END $$",
        f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW WHEN ({condition}) "
        f"EXECUTE FUNCTION {name}()",
    ]
