"""A restore drill: the newest backup into a throw-away installation, read and compared, then thrown away.

It takes the same way as ``zhike restore``, in a process of its own with a home of its own and, on PostgreSQL,
a database of its own. What the backup says of itself (rows per table, facts) is compared with what came back.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.platform import backup, store
from zhike.platform.errors import DomainError

#: The words for each check, in the order of the report.
CHECKS = {
    "file": gettext_lazy("Every part of the file has the checksum that was written down"),
    "restored": gettext_lazy("A new, empty installation can be restored from it"),
    "tables": gettext_lazy("Every table has as many rows as when it was written"),
    "integrity": gettext_lazy("The store finds no damage and no reference that leads nowhere"),
    "migrations": gettext_lazy("This version of the product works with it"),
    "files": gettext_lazy("The uploaded files are all there"),
}
SECONDS_AT_MOST = 4 * 3600


@dataclass
class Report:
    """What was compared; ``checks`` hold code, expected, found and whether both agree."""

    backup: str
    checks: list[dict[str, Any]] = field(default_factory=list)
    tables: list[list[Any]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return all(check["ok"] for check in self.checks)

    def add(self, code: str, expected: Any, found: Any) -> None:
        self.checks.append(
            {"code": code, "expected": str(expected), "found": str(found), "ok": expected == found}
        )

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def run(path: Path, say: Callable[[int, int, str], None]) -> Report:
    """Try a backup out. Raises :class:`DomainError` when it cannot be restored at all."""
    started, report = time.monotonic(), Report(path.name)
    say(0, 3, _("Reading the file"))
    manifest = backup.verify(path)
    report.add("file", len(manifest["sha256"]), len(manifest["sha256"]))
    _check_room(path)
    say(1, 3, _("Restoring into a throw-away installation"))
    with _throw_away() as environment:
        found = _restore_there(path, environment)
    say(2, 3, _("Comparing"))
    _compare(report, manifest, found)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def _compare(report: Report, manifest: dict[str, Any], found: dict[str, Any]) -> None:
    rows = manifest["rows"]
    report.add("restored", sum(rows.values()), sum(found["rows"].values()))
    names = sorted({*rows, *found["rows"]})
    report.tables = [[name, rows.get(name), found["rows"].get(name)] for name in names]
    report.add("tables", len(names), sum(before == after for _name, before, after in report.tables))
    report.add("integrity", 0, len(found["problems"]))
    report.add("migrations", 0, found["unapplied"])
    files = sum(name.startswith(backup.FILES) for name in manifest["sha256"])
    report.add("files", files, found["files"])
    for code, value in manifest.get("facts", {}).items():
        report.add(code, value, found["facts"].get(code, ""))


def _check_room(path: Path) -> None:
    """The copy needs the unpacked size twice: once unpacked, once in its place."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        needed = 2 * sum(member.file_size for member in archive.infolist())
    if shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free < needed:
        raise DomainError(_("There is not enough free disk space to try the backup out."), code="no_room")


def _restore_there(path: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "zhike.platform.throw_away", str(path)]
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_AT_MOST,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        raise DomainError(
            _("The backup could not be restored: %(reason)s") % {"reason": last[-300:]}, code="drill_failed"
        )
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


@contextmanager
def _throw_away() -> Iterator[dict[str, str]]:
    """The environment of an installation that exists for the drill only."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="drill-") as home:
        environment = {
            **os.environ,
            "ZHIKE_HOME": home,
            "DJANGO_SETTINGS_MODULE": "zhike.conf.settings",
            "ZHIKE_SECRET_KEY": uuid.uuid4().hex * 2,
        }
        environment.pop("DATABASE_URL", None)
        if store.is_sqlite():
            yield environment
            return
        with _throw_away_database() as url:
            yield {**environment, "DATABASE_URL": url}


@contextmanager
def _throw_away_database() -> Iterator[str]:
    import psycopg
    from psycopg import sql

    name = f"zhike_drill_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(store.postgres_uri(), autocommit=True) as server:
        try:
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise DomainError(
                _("The database user may not create databases, which the drill needs (CREATEDB)."),
                code="no_right",
            ) from error
        try:
            yield _url(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(name: str) -> str:
    config = connection.settings_dict
    rest = {"host": config["HOST"]} if config["HOST"] else {}
    user, password = quote(config["USER"], safe=""), quote(config["PASSWORD"], safe="")
    # The host travels as a parameter: a socket folder is legal there.
    port = f"localhost:{config['PORT']}" if config["PORT"] else ""
    return f"postgresql://{user}:{password}@{port}/{name}?{urlencode(rest)}"
