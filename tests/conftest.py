"""What every test may use: the data sets, people with roles, and customers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


class DataSets:
    """Real data sets, found by ``ZHIKE_TEST_DATA``; a missing file fails, a missing variable skips."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            pytest.fail(f"ZHIKE_TEST_DATA is set but {name} is missing there")
        return path


@pytest.fixture(scope="session")
def data_dir() -> DataSets:
    folder = os.environ.get("ZHIKE_TEST_DATA")
    if not folder:
        pytest.skip("ZHIKE_TEST_DATA is not set: the real data sets are elsewhere")
    return DataSets(Path(folder).resolve())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Between transactional tests Django empties SQLite's tables row by row, the append-only ones too."""
    from django.db import connection

    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER platform_auditevent_no_delete")
        else:
            # The search index is a table that Django does not know; it goes with the customers.
            flush = connection.ops.sql_flush
            connection.ops.sql_flush = lambda *args, **kwargs: flush(
                *args, **kwargs | {"allow_cascade": True}
            )


@pytest.fixture
def people(db):
    """Two teams with a manager and two sales persons each, an owner and an analyst, by short names."""
    from factories import make_people

    return make_people()
