"""Columns of the store are read beside Django's own connection, and leave its locks alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest
from django.db import OperationalError, connection

from zhike.platform import apart, columnar
from zhike.platform.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "SELECT id, kind FROM platform_job ORDER BY id"
#: What any other process does that reads the store and ends: the last one to close it tidies up behind itself.
COME_AND_GO = "import sqlite3, sys; s = sqlite3.connect(sys.argv[1]); s.execute('SELECT COUNT(*) FROM platform_job'); s.close()"


def kinds() -> list[str]:
    with columnar.stream(TEXT) as reader:
        return reader.read_all()["kind"].to_pylist()


def test_rows_come_as_they_are_committed():
    Job.objects.bulk_create(Job(kind=f"kind {n}") for n in range(3))
    assert kinds() == ["kind 0", "kind 1", "kind 2"]
    Job.objects.create(kind="later")
    assert kinds()[-1] == "later"


def test_a_statement_that_fails_says_why_and_the_next_one_is_answered():
    with pytest.raises(OperationalError, match="nowhere"), columnar.stream("SELECT * FROM nowhere"):
        pass
    assert kinds() == []


def test_a_stream_that_is_left_early_does_not_spoil_the_next():
    Job.objects.bulk_create(Job(kind="many") for _ in range(3))
    with columnar.stream(TEXT):
        pass
    assert kinds() == ["many"] * 3


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has one server, whoever asks it")
def test_what_is_committed_after_reading_stays_when_another_process_comes_and_goes():
    path = str(connection.settings_dict["NAME"])
    Job.objects.create(kind="before")
    log = os.stat(f"{path}-wal").st_ino
    assert kinds() == ["before"]
    subprocess.run([sys.executable, "-c", COME_AND_GO, path], check=True)
    Job.objects.create(kind="after")
    assert os.stat(f"{path}-wal").st_ino == log
    other = sqlite3.connect(path)
    assert other.execute(TEXT).fetchall()[-1][1] == "after"
    other.close()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite is read by a process of its own")
def test_a_reader_that_was_killed_is_replaced():
    Job.objects.create(kind="there")
    assert kinds() == ["there"]
    (idle,) = columnar._idle
    idle.kill()
    idle.wait()
    assert kinds() == ["there"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite is read by a process of its own")
def test_a_copy_of_the_process_takes_a_reader_of_its_own():
    Job.objects.create(kind="there")
    assert kinds() == ["there"]
    apart.in_copy(lambda: Job.objects.create(kind=str(len(columnar._idle))), niceness=0)
    assert kinds() == ["there", "0"]
