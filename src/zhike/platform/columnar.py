"""Rows of the operational store in columns, as whole tables leave it for the analytical engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

import pyarrow as pa
from django.db import OperationalError, connection

from zhike.platform import store

#: Readers without work; one is enough, as a process rarely reads two tables at once.
_idle: list[subprocess.Popen[bytes]] = []
#: A reader answers one process; a copy of this one (``apart``) takes a reader of its own.
os.register_at_fork(after_in_child=_idle.clear)
PIPE = 1 << 20


@contextmanager
def stream(text: str) -> Iterator[pa.RecordBatchReader]:
    """The rows of a statement, as others see the store: nothing of this connection's open transaction.

    Raises ``OperationalError`` for a statement that the store refuses.
    """
    with _of_sqlite(text) if store.is_sqlite() else _of_postgresql(text) as reader:
        yield reader


@contextmanager
def _of_postgresql(text: str) -> Iterator[pa.RecordBatchReader]:
    import adbc_driver_manager
    import adbc_driver_postgresql

    from zhike.platform.adbc import batches

    try:
        with batches(adbc_driver_postgresql, store.postgres_uri(), text) as reader:
            yield reader
    except adbc_driver_manager.Error as error:
        raise OperationalError(str(error)) from error


@contextmanager
def _of_sqlite(text: str) -> Iterator[pa.RecordBatchReader]:
    child = _ready()
    done = False
    try:
        asked, answer = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout)
        asked.write(json.dumps([str(connection.settings_dict["NAME"]), text]).encode() + b"\n")
        asked.flush()
        problem = json.loads(answer.readline() or '"The reader of the store has ended."')
        if problem:
            raise OperationalError(problem)
        reader = pa.ipc.open_stream(answer)
        yield reader
        done = _is_read(reader)
    finally:
        if done and not _idle:
            _idle.append(child)
        else:
            _end(child)


def _ready() -> subprocess.Popen[bytes]:
    while _idle:
        child = _idle.pop()
        if child.poll() is None:
            return child
    command = [sys.executable, "-m", "zhike.platform.sqlite_reader"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=PIPE)


def _is_read(reader: pa.RecordBatchReader) -> bool:
    try:
        reader.read_next_batch()
    except StopIteration:
        return True
    return False


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()
