"""What every test may use: the data sets, people with roles, and customers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import installations
from installations import Installation, Template


class DataSets:
    """Real data sets, found by ``ZHIKE_TEST_DATA``; a missing file fails, a missing variable skips."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            pytest.fail(f"ZHIKE_TEST_DATA is set but {name} is missing there")
        return path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files whole, and folders whole that share what takes long to start."""
    import sharing

    return sharing.scheduler(config, log)


# Files that start processes, kill them or drive a browser take minutes for a few tests.
LONG_FILES = (
    "tests/browser/",
    "tests/spark/",
    "tests/architecture/test_routes.py",
    "tests/crm/imports/test_orders.py",
    "/test_crash.py",
    "/test_kill.py",
    "/test_simulation.py",
    "/test_supervisor.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long files first: begun last, one of them would keep a single worker busy at the end."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONG_FILES))
    if os.environ.get("ZHIKE_TEST_STORE") == "postgresql":
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("one_store")])
        items[:] = [item for item in items if not item.get_closest_marker("one_store")]


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
def template(pytestconfig) -> Template:
    """A migrated store and home to begin with, kept between test runs until the migrations change."""
    return installations.template(pytestconfig.cache.mkdir("template"))


@pytest.fixture(scope="session")
def installation(template) -> Callable[[Path], Installation]:
    """Makes a ready installation in a folder."""
    return Installation(template.home).copy


@pytest.fixture(scope="session")
def django_db_keepdb(request) -> bool:
    """On SQLite the store is there already; migrating finds nothing to do."""
    from django.conf import settings

    store = settings.DATABASES["default"]
    if not str(store["ENGINE"]).endswith("sqlite3"):
        return False
    shutil.copy(request.getfixturevalue("template").store, store["TEST"]["NAME"])
    return True


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


@pytest.fixture
def as_user(people):
    """A signed-in client by the short name of the person, in English unless another language is given."""
    from django.test import Client

    def sign_in(name: str, language: str = "en") -> Client:
        client = Client(headers={"Accept-Language": language})
        client.force_login(getattr(people, name), backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["zhike_language"] = language
        return client

    return sign_in
