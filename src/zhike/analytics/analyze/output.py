"""Results that appear whole: written to a folder beside the goal, then moved in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhike.analytics.analyze.errors import AnalyzeError
from zhike.analytics.engine.files import sync_file


@contextmanager
def appearing_folder(out: Path) -> Iterator[Path]:
    """Yield a working folder; on success its files replace those of the same name in `out`, else nothing."""
    if out.exists() and not out.is_dir():
        raise AnalyzeError("out_not_folder", out=out.name)
    with _worded(out):
        home = out if out.exists() else out.parent
        home.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".zhike-", dir=home))
    try:
        with _worded(out):
            yield work
            _move_in(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _worded(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AnalyzeError("cannot_write", out=out.name, reason=error.strerror or str(error)) from error


def _move_in(work: Path, out: Path) -> None:
    files = sorted(path for path in work.iterdir() if path.is_file())
    for path in files:
        sync_file(path)
    out.mkdir(exist_ok=True)
    for path in files:
        path.chmod(0o644)
        os.replace(path, out / path.name)
    sync_file(out)
