"""The operational store, whichever of the two it is."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.db.models import Model


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


#: So many rows written at once change what PostgreSQL's planner should know of a table.
MANY = 1_000


def gather_statistics(*models: type[Model]) -> None:
    """Let PostgreSQL count what was just written in bulk; its own daemon would come a minute later.

    Until then its plans rest on the table as it was, perhaps empty: a join of many rows one by one. And an
    index alone answers only for rows that a vacuum has seen, which no transaction can run within itself.
    """
    if is_sqlite():
        return
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        command = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
        cursor.execute(f"{command} {tables}")


def postgres_uri() -> str:
    """libpq's key-value form of the settings (a socket folder as host is legal there)."""
    config = settings.DATABASES["default"] | connection.settings_dict
    values = {
        "host": config["HOST"],
        "port": config["PORT"],
        "dbname": config["NAME"],
        "user": config["USER"],
        "password": config["PASSWORD"],
    }
    quoted = {
        name: str(value).replace("\\", "\\\\").replace("'", "\\'") for name, value in values.items() if value
    }
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())
