"""The operational store, whichever of the two it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def adbc_connect() -> Any:
    """A columnar, read-only connection to the operational store (ADBC), to be closed by the caller."""
    if is_sqlite():
        import adbc_driver_sqlite.dbapi as sqlite

        path = str(connection.settings_dict["NAME"])
        return sqlite.connect(path if path.startswith("file:") else f"file:{path}?mode=ro")
    import adbc_driver_postgresql.dbapi as postgresql

    return postgresql.connect(postgres_uri())


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
