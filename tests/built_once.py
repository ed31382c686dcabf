"""Companies that take long to build and analyze: built once per module, taken back after it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def built_once(blocker: Any, home: Path) -> Iterator[Path]:
    """What is written within stays for the module's tests, in one transaction that is rolled back at the end.

    ``blocker`` is ``django_db_blocker``, ``home`` an empty folder for lake and snapshots.
    """
    from django.db import transaction
    from django.test import override_settings

    with blocker.unblock(), override_settings(ZHIKE_HOME=home), transaction.atomic():
        yield home
        transaction.set_rollback(True)


def own_copy(built: Path, home: Path) -> Path:
    """The files of what was built, for a test that may change them as it may change the rows."""
    shutil.copytree(built, home, dirs_exist_ok=True)
    return home
