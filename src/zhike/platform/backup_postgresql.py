"""A consistent copy of the PostgreSQL store by COPY in one snapshot; needs no client programs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from zhike.platform import facts
from zhike.platform.errors import DomainError

COLUMNS = "columns.json"


def dump(folder: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Write every table into the folder as one consistent snapshot; returns rows per table and facts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        columns = _columns(cursor)
        (folder / COLUMNS).write_text(json.dumps(columns))
        rows = {table: _dump_table(cursor, folder, table, names) for table, names in columns.items()}
        return rows, _facts(cursor)


def read_facts() -> dict[str, str]:
    with connection.cursor() as cursor:
        return _facts(cursor)


def _facts(cursor: Any) -> dict[str, str]:
    return facts.read(lambda sql: _value(cursor, sql))


def _value(cursor: Any, text: str) -> Any:
    cursor.execute(text)
    return cursor.fetchone()[0]


def problems() -> list[str]:
    """Constraints and indexes that the store itself does not vouch for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE NOT convalidated")
        loose = [f"{row[0]}: not validated" for row in cursor.fetchall()]
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        return loose + [f"{row[0]}: not valid" for row in cursor.fetchall()]


def _columns(cursor: Any) -> dict[str, list[str]]:
    """Stored (not generated) columns of every table."""
    cursor.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c "
        "JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' "
        "AND c.is_generated = 'NEVER' ORDER BY c.table_name, c.ordinal_position"
    )
    columns: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        columns.setdefault(table, []).append(column)
    return columns


def _statement(text: str, table: str, names: list[str]) -> sql.Composed:
    identifiers = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL(text).format(sql.Identifier(table), identifiers)


def _dump_table(cursor: Any, folder: Path, table: str, names: list[str]) -> int:
    statement = _statement("COPY {} ({}) TO STDOUT", table, names)
    target_path = folder / f"{table}.copy.gz"
    with gzip.open(target_path, "wb", compresslevel=1) as target, cursor.copy(statement) as copy:
        for chunk in copy:
            target.write(chunk)
    cursor.execute(sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table)))
    return int(cursor.fetchone()[0])


def load(folder: Path, expected: dict[str, int]) -> dict[str, int]:
    """Replace the content of every table in one transaction and compare the row counts."""
    columns: dict[str, list[str]] = json.loads((folder / COLUMNS).read_text())
    with transaction.atomic(), connection.cursor() as cursor:
        present = set(_columns(cursor))
        if present != set(columns):
            raise DomainError(
                _("The database has other tables than the backup. Use the version that wrote it."),
                code="other_version",
            )
        tables = sql.SQL(", ").join(map(sql.Identifier, columns))
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
        _switch_triggers(cursor, columns, "DISABLE")
        counts = {table: _load_table(cursor, folder, table, names) for table, names in columns.items()}
        # Deferred foreign keys are checked here, before the tables may be altered again.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _switch_triggers(cursor, columns, "ENABLE")
        if counts != expected:
            raise DomainError(_("The backup is damaged: the number of rows differs."), code="damaged")
        _reset_sequences(cursor)
    return counts


def _load_table(cursor: Any, folder: Path, table: str, names: list[str]) -> int:
    statement = _statement("COPY {} ({}) FROM STDIN", table, names)
    with gzip.open(folder / f"{table}.copy.gz", "rb") as source, cursor.copy(statement) as copy:
        while chunk := source.read(1 << 20):
            copy.write(chunk)
    cursor.execute(sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table)))
    return int(cursor.fetchone()[0])


def _switch_triggers(cursor: Any, tables: Iterable[str], state: str) -> None:
    for table in tables:
        text = sql.SQL("ALTER TABLE {} " + state + " TRIGGER USER")
        cursor.execute(text.format(sql.Identifier(table)))


def _reset_sequences(cursor: Any) -> None:
    from django.apps import apps

    for statement in connection.ops.sequence_reset_sql(
        no_style(), apps.get_models(include_auto_created=True)
    ):
        cursor.execute(statement)
