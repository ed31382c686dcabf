"""Migration operations that install triggers, for either store."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from zhike.platform.changes import Watched, install_sql, remove_sql


def watch(watched: Watched) -> migrations.RunPython:
    """Install the change log's triggers on one table."""

    def install(_apps: Any, schema_editor: Any) -> None:
        for statement in install_sql(watched, schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    def remove(_apps: Any, schema_editor: Any) -> None:
        for statement in remove_sql(watched, schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(install, remove)


def append_only(table: str) -> migrations.RunPython:
    """Let the database refuse to change or delete rows of a table."""

    def install(_apps: Any, schema_editor: Any) -> None:
        for statement in refusals(table, schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(install, migrations.RunPython.noop)


def refusals(table: str, vendor: str) -> list[str]:
    """Statements that create the refusing triggers."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for event in ("update", "delete")
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    ]
