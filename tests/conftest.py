"""What every test may use: the data sets, people with roles, and customers."""

from __future__ import annotations

import os
from collections.abc import Iterator
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


# Files that start processes, kill them or drive a browser take minutes for a few tests.
LONG_FILES = (
    "tests/browser/",
    "/test_crash.py",
    "/test_kill.py",
    "/test_simulation.py",
    "/test_supervisor.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: begun last, one of them would keep a single worker busy at the end."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONG_FILES))


@pytest.fixture(autouse=True)
def language_of_the_installation() -> Iterator[None]:
    """No test reads the language that a request of its neighbour left to the thread."""
    from django.utils import translation

    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def data_dir() -> DataSets:
    folder = os.environ.get("ZHIKE_TEST_DATA")
    if not folder:
        pytest.skip("ZHIKE_TEST_DATA is not set: the real data sets are elsewhere")
    return DataSets(Path(folder).resolve())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Between transactional tests Django empties the tables; both stores need some help with ours."""
    from django.db import connection

    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            # It deletes row by row, in the append-only tables too.
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER platform_auditevent_no_delete")
        else:
            _truncate_what_django_does_not_know(connection)
    yield
    with django_db_blocker.unblock():
        if connection.vendor != "sqlite":
            _end_other_sessions(connection)


def _truncate_what_django_does_not_know(connection) -> None:
    """The search index goes with the customers. Every connection: a browser's test has one of its own."""
    operations = type(connection.ops)
    flush = operations.sql_flush
    operations.sql_flush = lambda *args, **kwargs: flush(*args, **kwargs | {"allow_cascade": True})


def _end_other_sessions(connection) -> None:
    """Threads of a live server leave sessions behind, and a database in use is not dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def people(db):
    """Two teams with a manager and two sales persons each, an owner and an analyst, by short names."""
    from factories import make_people

    return make_people()
