"""Backup and restore in one file: the operational store, the uploaded files, and a manifest to check both.

What is derived (lake, snapshots, search caches on disk) is not kept: the next analysis builds it again. A
backup is written beside its final name, read back and compared, and only then takes that name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.platform import audit, backup_sqlite
from zhike.platform.errors import DomainError

SUFFIX = ".zip"
MANIFEST = "manifest.json"
FILES = "files/"
DERIVED = ("lake", "snapshots", "staging", "segments", "simulations")
CHUNK = 1 << 20
#: Backups that the plan writes carry this in their name, and only those give way to newer ones.
PLANNED = "zhike-planned-"
Say = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Backup:
    """One backup file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def written_at(self) -> datetime:
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)


def folder() -> Path:
    place = Path(settings.ZHIKE_HOME) / "backups"
    place.mkdir(exist_ok=True)
    return place


def existing() -> list[Backup]:
    """Backups in the installation's folder, newest first."""
    return sorted((Backup(p) for p in folder().glob(f"*{SUFFIX}")), key=lambda b: b.written_at, reverse=True)


def find(name: str) -> Path | None:
    """The path of an existing backup; names are compared, never joined to a path."""
    return next((one.path for one in existing() if one.name == name), None)


def new_path(*, planned: bool = False) -> Path:
    """Where a backup written now goes."""
    return folder() / f"{PLANNED if planned else 'zhike-'}{timezone.localtime():%Y-%m-%d-%H%M%S}{SUFFIX}"


def keep_newest(count: int) -> list[str]:
    """Delete planned backups beyond the newest ``count``; those written by hand stay. Returns their names."""
    old = [one for one in existing() if one.name.startswith(PLANNED)][max(count, 1) :]
    for one in old:
        one.path.unlink(missing_ok=True)
    return [one.name for one in old]


def write(target: Path | None = None, *, actor: Any = None, say: Say | None = None) -> Path:
    """Write and verify a backup; the company goes on working meanwhile.

    Raises ``OSError`` when the disk is full; nothing half-written stays.
    """
    target = target or new_path()
    partial = target.with_name(target.name + ".partial")
    try:
        _write_archive(partial, say or (lambda _done, _total, _text: None))
        verify(partial)
        _settle(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    audit.record(actor, "backup.written", note=target.name)
    return target


def _write_archive(path: Path, say: Say) -> None:
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="backup-") as place:
        say(0, 3, str(_("Copying the store")))
        counts, facts = _store().dump(Path(place))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            say(1, 3, str(_("Writing the file")))
            sums = {name: _add(archive, source, name) for name, source in _members(Path(place))}
            say(2, 3, str(_("Reading it back")))
            manifest = {
                "store": connection.vendor,
                "written_at": timezone.now().isoformat(),
                "migrations": applied_migrations(),
                "rows": counts,
                "facts": facts,
                "sha256": sums,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


def _members(dumped: Path) -> Iterator[tuple[str, Path]]:
    for source in sorted(dumped.iterdir()):
        yield f"store/{source.name}", source
    uploads = Path(settings.MEDIA_ROOT)
    for source in sorted(uploads.rglob("*")) if uploads.exists() else []:
        if source.is_file():
            yield FILES + source.relative_to(uploads).as_posix(), source


def _add(archive: zipfile.ZipFile, source: Path, name: str) -> str:
    with source.open("rb") as reader, archive.open(name, "w", force_zip64=True) as writer:
        return _copy(reader, writer.write)


def _copy(reader: IO[bytes], write_chunk: Callable[[bytes], Any]) -> str:
    digest = hashlib.sha256()
    while chunk := reader.read(CHUNK):
        digest.update(chunk)
        write_chunk(chunk)
    return digest.hexdigest()


def verify(path: Path) -> dict[str, Any]:
    """Read the whole file back and compare every member with the manifest. Returns the manifest."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            for name, expected in manifest["sha256"].items():
                with archive.open(name) as reader:
                    if _copy(reader, lambda _chunk: None) != expected:
                        raise _damaged(name)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise _damaged(path.name) from error
    return manifest


def _damaged(name: str) -> DomainError:
    return DomainError(_("The backup is damaged: %(name)s.") % {"name": name}, code="damaged")


def make_tables() -> None:
    """What a backup of PostgreSQL is restored into; a copy of SQLite brings its own tables."""
    if connection.vendor != "sqlite":
        call_command("migrate", interactive=False, verbosity=0)


def restore(path: Path, *, actor: Any = None, audited: bool = True) -> dict[str, int]:
    """Replace the store and the files by those of the backup; all or nothing. Returns rows per table.

    The service must be stopped. A backup of another store or of a newer version is refused.
    """
    manifest = verify(path)
    _check_fits(manifest)
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="restore-") as place:
        _unpack(path, Path(place), manifest)
        counts = _store().load(Path(place) / "store", manifest["rows"])
        _replace_files(Path(place) / "files")
    for name in DERIVED:
        shutil.rmtree(Path(settings.ZHIKE_HOME) / name, ignore_errors=True)
    connections.close_all()
    if audited:
        audit.record(actor, "backup.restored", note=path.name)
    return counts


def read_facts() -> dict[str, str]:
    """The facts of the installation's own store, as it is now."""
    found: dict[str, str] = _store().read_facts()
    return found


def problems() -> list[str]:
    """What the store itself finds wrong."""
    found: list[str] = _store().problems()
    return found


def _check_fits(manifest: dict[str, Any]) -> None:
    if manifest["store"] != connection.vendor:
        raise DomainError(_("This backup comes from the other kind of store."), code="other_store")
    unknown = set(manifest["migrations"]) - known_migrations()
    if unknown:
        raise DomainError(_("This backup comes from a newer version. Upgrade first."), code="newer_version")


def _unpack(path: Path, place: Path, manifest: dict[str, Any]) -> None:
    (place / "store").mkdir()
    (place / "files").mkdir()
    with zipfile.ZipFile(path) as archive:
        for name in manifest["sha256"]:
            # Only names that we write ourselves; a member never becomes a path outside.
            target = (place / name).resolve()
            if not target.is_relative_to(place.resolve()):
                raise _damaged(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as reader, target.open("wb") as writer:
                _copy(reader, writer.write)


def _replace_files(fresh: Path) -> None:
    place = Path(settings.MEDIA_ROOT)
    old = place.with_name(place.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    shutil.move(str(fresh), str(place))
    shutil.rmtree(old, ignore_errors=True)


def _settle(partial: Path, target: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.rename(target)


def _store() -> Any:
    if connection.vendor == "sqlite":
        return backup_sqlite
    # Its driver takes long to load, and every process of an installation imports this module.
    from zhike.platform import backup_postgresql

    return backup_postgresql


def applied_migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def known_migrations() -> set[str]:
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
