"""What every test may use: the data sets, people with roles, and customers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before anything loads the number libraries: over small tables their threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import pytest

import installations
import kept
import postgres
from installations import Installation, Template

# The same examples on every machine at every speed; `ARGS=--hypothesis-profile=default` looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many again as there are cores: who drives a browser waits as often as it works."""
    cores = os.cpu_count() or 2
    return cores + cores // 2


# Files that start processes, kill them or drive a browser take minutes for a few tests; the longest first.
LONG_FILES = (
    "tests/browser/test_main_path.py",
    "tests/spark/",
    "tests/browser/",
    "tests/architecture/test_routes.py",
    "/test_crash.py",
    "/test_kill.py",
    "/test_supervisor.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long files first: begun last, one of them would keep a single worker busy at the end."""
    items.sort(key=lambda item: _place(item.nodeid))
    if os.environ.get("ZHIKE_TEST_STORE") == "postgresql":
        config.hook.pytest_deselected(
            items=[item for item in items if not _says_something_of_the_store(item)]
        )
        items[:] = [item for item in items if _says_something_of_the_store(item)]


def _place(nodeid: str) -> int:
    return next((place for place, part in enumerate(LONG_FILES) if part in nodeid), len(LONG_FILES))


STORE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup", "django_db_blocker"}


def _says_something_of_the_store(item: pytest.Item) -> bool:
    """It opens the store and is not marked as saying nothing of it."""
    if item.get_closest_marker("one_store"):
        return False
    is_djangos = hasattr(getattr(item, "cls", None), "databases")
    opens = is_djangos or item.get_closest_marker("django_db")
    return bool(opens or STORE_FIXTURES & set(getattr(item, "fixturenames", ())))


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
def template() -> Template:
    """A migrated store and home to begin with, kept between test runs until the migrations change."""
    return installations.template(kept.cache())


@pytest.fixture(scope="session")
def installation(template) -> Callable[[Path], Installation]:
    """Makes a ready installation in a folder."""
    return Installation(template.home).copy


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The store is there already; migrating finds nothing to do. It goes with its folder."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, request) -> None:
    """A migrated store, where this process looks for its own."""
    from django.conf import settings

    store = settings.DATABASES["default"]
    if str(store["ENGINE"]).endswith("sqlite3"):
        path = Path(store["TEST"]["NAME"])
        for old in path.parent.glob(f"{path.name}*"):
            old.unlink()
        shutil.copy(request.getfixturevalue("template").store, path)
    else:
        store.update(postgres.start(kept.cache()))
        store["TEST"]["NAME"] = postgres.MIGRATED


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


def _truncate_what_django_does_not_know(connection) -> None:
    """The search index goes with the customers. Every connection: a browser's test has one of its own."""
    operations = type(connection.ops)
    flush = operations.sql_flush
    operations.sql_flush = lambda *args, **kwargs: flush(*args, **kwargs | {"allow_cascade": True})


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
