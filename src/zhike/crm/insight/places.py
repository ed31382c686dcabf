"""Where the analytical files of an installation lie, and sessions that may touch them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from zhike.analytics.engine import Engine, Lake, Session
from zhike.crm.insight.errors import EngineError

GIGABYTE = 1024**3


def lake_directory() -> Path:
    return _folder("lake")


def snapshot_directory() -> Path:
    return _folder("snapshots")


def customers_file() -> Path:
    """Customers as the analysis sees them: ids and attributes, no names, no numbers to reach them by."""
    return lake_directory() / "customers.parquet"


def lake() -> Lake:
    return Lake(lake_directory())


def heavy_session(*more: Path) -> Session:
    """A session for work on the whole base, bounded so that the web stays quick beside it.

    ``more`` are further directories that it may touch.
    """
    directories = [lake_directory(), snapshot_directory(), *more]
    return Session(
        memory_limit=f"{_heavy_memory() // 1024**2}MB",
        temp_dir=_folder("tmp/engine"),
        directories=directories,
    )


@contextmanager
def full_engine(session: Session, work: str = "tmp/engine") -> Iterator[Engine]:
    """What computes over the whole base: the session itself, or the cluster that ``ZHIKE_ENGINE`` names.

    ``work`` is the folder for what is stored on the way, one for each kind of work.
    """
    if not settings.ANALYSIS_ENGINE:
        yield session
        return
    from zhike.analytics.engine.cluster import EngineUnavailable
    from zhike.analytics.engine.distributed import DistributedSession

    folder = _folder(work)
    # What a run left behind that was killed; there is one of each kind at a time.
    for rest in folder.glob("spark-*"):
        shutil.rmtree(rest, ignore_errors=True)
    try:
        engine = DistributedSession(settings.ANALYSIS_ENGINE, directory=folder)
    except EngineUnavailable as error:
        raise EngineError(error.words) from error
    with engine:
        yield engine


def bring(engine: Engine, session: Session, name: str) -> None:
    """Offer a stored relation of the full run's engine in the session, where it lies."""
    from zhike.analytics.engine.distributed import DistributedSession

    if isinstance(engine, DistributedSession):
        session.read_parquet(name, engine.files(name))


def light_session() -> Session:
    """A session in memory alone, for a handful of customers."""
    return Session(threads=1, memory_limit="256MB")


def _heavy_memory() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(4 * GIGABYTE, int(physical * 0.4))


def _folder(name: str) -> Path:
    folder = Path(settings.ZHIKE_HOME) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()
