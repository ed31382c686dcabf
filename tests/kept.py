"""Folders that take long to make and depend on the migrations alone: made once, kept between test runs.

They are kept for the whole machine, so that a fresh checkout does not make them again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import zhike

PACKAGE, TESTS = Path(zhike.__file__).parent, Path(__file__).parent
# What a migrated store depends on: the migrations, what they import, and the starting roles.
GROUND = ("**/migrations/*.py", "platform/*.py", "crm/accounts/choices.py", "crm/alerts/*.py")
OLD_SECONDS = 86_400


def cache() -> Path:
    """Where they are kept; ``XDG_CACHE_HOME`` says so."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhike-tests"


def kept(folder: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name within ``folder``, made by the first who asks; the others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    made, making = folder / name, folder / f"{name}.making"
    with (folder / f"{name.split('-')[0]}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _drop_old(folder)
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            make(making)
            making.rename(made)
        os.utime(made)
    return made


def _drop_old(folder: Path) -> None:
    for one in folder.iterdir():
        if one.is_dir() and time.time() - one.stat().st_mtime > OLD_SECONDS:
            shutil.rmtree(one, ignore_errors=True)


def digest() -> str:
    """Changes with the migrations, and with how the folders are made."""
    found = hashlib.sha256(f"{version('django')} {sqlite3.sqlite_version}".encode())
    ground = sorted({path for pattern in GROUND for path in PACKAGE.glob(pattern)})
    for path in (*ground, TESTS / "installations.py", TESTS / "postgres.py"):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
