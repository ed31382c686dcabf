"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sync_file(path: Path) -> None:
    """Force a file's bytes (or a directory's entries) to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; on success it is synced and renamed to ``path``, on failure removed."""
    temporary = path.with_name(path.name + ".tmp")
    discard(temporary)
    try:
        yield temporary
        sync_file(temporary)
        os.replace(temporary, path)
        sync_file(path.parent)
    except BaseException:
        discard(temporary)
        raise


def write_text(path: Path, text: str) -> None:
    """Replace a small text file atomically."""
    with appearing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def discard(path: Path) -> None:
    """Remove a file and DuckDB's write-ahead log beside it, if they exist."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
