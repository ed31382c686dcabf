"""Set-based writing on either store: many rows in one statement, their numbers taken beforehand."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Aggregate, BigIntegerField, Field, Model, TextField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from zhike.platform.store import is_sqlite

Row = dict[str, Any]


def as_rows(numbers: Collection[int]) -> RawSQL:
    """Any number of keys as one value, which both stores unpack: ``filter(pk__in=as_rows(numbers))``."""
    if is_sqlite():
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(numbers))], BigIntegerField())
    return RawSQL("SELECT unnest(%s::bigint[])", [list(numbers)], BigIntegerField())


class Gathered(Aggregate):
    """All values of a group as one list, without an order of its own but the same for all in a query."""

    function = "JSON_GROUP_ARRAY"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="ARRAY_AGG", **extra)

    def convert_value(self, value: Any, expression: Any, connection: Any) -> list[Any]:
        return json.loads(value) if isinstance(value, str) else value


def allocate(model: type[Model], count: int) -> list[int]:
    """Numbers for ``count`` new rows. On SQLite call it inside the write transaction that uses them."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if is_sqlite():
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = (cursor.fetchone() or (0,))[0]
            return list(range(last + 1, last + count + 1))
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return [number for (number,) in cursor.fetchall()]


def insert(model: type[Model], rows: Sequence[Row]) -> None:
    """Insert rows that all name the same fields (attribute names, ``id`` included or not).

    Fields left out take the model's defaults.
    """
    if not rows:
        return
    given = list(rows[0])
    fields = {field.attname: field for field in model._meta.concrete_fields}
    rest = _defaults(model, given)
    columns = [_prepared(fields[name], [row[name] for row in rows]) for name in given]
    for name, value in rest.items():
        columns.append(_prepared(fields[name], [value]) * len(rows))
    insert_prepared(model, [*given, *rest], zip(*columns, strict=True))


def insert_prepared(model: type[Model], attributes: Sequence[str], tuples: Iterable[tuple]) -> None:
    """Insert values that already have the database's own form."""
    columns = ", ".join(_column(model, name) for name in attributes)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if is_sqlite():
            places = ", ".join(["%s"] * len(attributes))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(tuples))
            return
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for values in tuples:
                copy.write_row(values)


def update(model: type[Model], rows: dict[int, Row], *, versioned: bool = False) -> None:
    """Set the given fields of each record; rows that set the same fields share a statement."""
    by_fields: dict[tuple[str, ...], list[int]] = {}
    for number, row in rows.items():
        by_fields.setdefault(tuple(row), []).append(number)
    for names, numbers in by_fields.items():
        _update(model, names, {number: rows[number] for number in numbers}, versioned)


def _update(model: type[Model], names: tuple[str, ...], rows: dict[int, Row], versioned: bool) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    stamps = [name for name in ("updated_at",) if name in fields and name not in names]
    settings = [f"{_column(model, name)} = %s" for name in (*names, *stamps)]
    settings += ["version = version + 1"] if versioned else []
    now = [value for name in stamps for value in _prepared(fields[name], [timezone.now()])]
    table = connection.ops.quote_name(model._meta.db_table)
    columns = [_prepared(fields[name], [row[name] for row in rows.values()]) for name in names]
    tuples = [(*values, *now, number) for number, *values in zip(rows, *columns, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {', '.join(settings)} WHERE id = %s", tuples)


def _column(model: type[Model], attribute: str) -> str:
    field = next(field for field in model._meta.concrete_fields if field.attname == attribute)
    return connection.ops.quote_name(field.column or attribute)


_AS_IT_IS = ("TextField", "CharField", "SlugField", "BigAutoField", "ForeignKey")


def _prepared(field: Field, values: list[Any]) -> list[Any]:
    """A column's values in the database's own form; text and numbers of records have it already."""
    kind = field.get_internal_type()
    if kind in _AS_IT_IS:
        return values
    if kind == "JSONField":
        return [_json(value) for value in values]
    return [None if value is None else field.get_db_prep_save(value, connection) for value in values]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _defaults(model: type[Model], given: Sequence[str]) -> Row:
    now = timezone.now()
    rest: Row = {}
    for field in model._meta.concrete_fields:
        if field.attname in given or field.primary_key:
            continue
        stamped = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        rest[field.attname] = now if stamped else field.get_default()
    return rest
