"""Where the analytical files of an installation lie, and sessions that may touch them."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from zhike.analytics.engine import Lake, Session

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


def heavy_session() -> Session:
    """A session for work on the whole base, bounded so that the web stays quick beside it."""
    directories = [lake_directory(), snapshot_directory()]
    return Session(
        memory_limit=f"{_heavy_memory() // 1024**2}MB",
        temp_dir=_folder("tmp/engine"),
        directories=directories,
    )


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
