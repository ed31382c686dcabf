"""Installations of their own, for tests that start processes, serve them to a browser or kill them.

A store is migrated once for all; tests and installations begin with its copy and do not pay for the migrations again.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept import digest, kept

TESTS = Path(__file__).parent
STORE = "zhike.sqlite3"


@dataclass(frozen=True)
class Template:
    """A store that was migrated and nothing else, and a home as ``zhike migrate`` leaves it."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "migrated.sqlite3"

    @property
    def home(self) -> Path:
        return self.folder / "home"


def template(cache: Path) -> Template:
    """The template of these migrations."""
    return Template(kept(cache, f"sqlite-{digest()}", _make))


def _make(folder: Path) -> None:
    made = Template(folder)
    made.home.mkdir()
    installation = Installation(made.home)
    installation.run("-m", "django", "migrate", "-v0", check=True)
    shutil.copy(made.home / STORE, made.store)
    installation.run("-m", "zhike", "migrate", check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Installation:
    """A home with a store of its own, whatever store the tests themselves run on."""

    home: Path

    def copy(self, home: Path) -> Installation:
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        return Installation(home)

    @property
    def environment(self) -> dict[str, str]:
        found = os.environ | {
            "ZHIKE_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "zhike.conf.settings",
        }
        found.pop("DATABASE_URL", None)
        return found

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[Any]:
        """Python with these arguments: ``-c`` with code, or ``-m zhike`` with a command."""
        more["env"] = self.environment | more.get("env", {})
        return subprocess.Popen([sys.executable, *arguments], **more)

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[Any]:
        more["env"] = self.environment | more.get("env", {})
        return subprocess.run([sys.executable, *arguments], **more)

    def has(self, code: str, **more: Any) -> subprocess.CompletedProcess[Any]:
        """Carry out code in it, which may use the factories of the tests."""
        more["env"] = {"PYTHONPATH": str(TESTS)} | more.get("env", {})
        return self.run("-c", in_django(code), check=True, timeout=240, **more)

    def work_on(self, job: int) -> None:
        """Do a job undisturbed."""
        self.run("-m", "zhike", "job", str(job), check=True, timeout=240)

    def query(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / STORE, timeout=30)) as store, store:
            return store.execute(text, values).fetchall()

    def value(self, text: str, *values: Any) -> Any:
        return self.query(text, *values)[0][0]

    def kill_after(self, place: str, times: int, code: str) -> None:
        """Kill -9 a process that carries out the code, when the function at ``place`` has been called so often.

        It stands still there, perhaps within a transaction, until it is killed: no race decides where.
        """
        reached = self.home / "reached"
        process = self.start("-c", in_django(STAND_STILL.format(place=place, times=times) + code))
        until = time.monotonic() + 240
        while not reached.exists():
            assert process.poll() is None, f"the work ended before {place} was called {times} times"
            assert time.monotonic() < until, f"{place} was never called {times} times"
            time.sleep(0.02)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        reached.unlink()
        self.forget_leases()

    def forget_leases(self) -> None:
        """The leases of dead workers have run out."""
        self.query("UPDATE platform_job SET heartbeat_at = '2020-01-01 00:00:00' WHERE state = 'running'")


STAND_STILL = """
import importlib, os, pathlib, time
def stand_still(module, name, times):
    work, calls = getattr(module, name), iter(range(1, 1_000_000))
    def watched(*given, **more):
        found = work(*given, **more) if work else None
        if next(calls) == times:
            pathlib.Path(os.environ["ZHIKE_HOME"], "reached").touch()
            time.sleep(600)
        return found
    setattr(module, name, watched)
home, _, name = "{place}".rpartition(".")
stand_still(importlib.import_module(home), name, {times})
"""


def in_django(code: str) -> str:
    return f"import django; django.setup()\n{code}"
