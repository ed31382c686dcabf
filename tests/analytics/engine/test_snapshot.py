"""Published snapshots: whole or not at all, and readers that never notice the change."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from zhike.analytics import Session, SnapshotReader, publish
from zhike.analytics.engine import NoSnapshotError, SnapshotInfo


@pytest.fixture
def session(tmp_path: Path) -> Any:
    with Session(threads=1, directories=[tmp_path]) as found:
        yield found


def put(session: Session, home: Path, value: int, rows: int = 3) -> SnapshotInfo:
    session.connection.execute(f"CREATE OR REPLACE TABLE t AS SELECT {value} AS v FROM range({rows})")
    return publish(home, session, {"customers": "t"}, version=f"v{value}", as_of=value, extra={"note": "好"})


def test_a_reader_sees_what_was_published(tmp_path: Path, session: Session) -> None:
    put(session, tmp_path, 7)
    reader = SnapshotReader(tmp_path)
    assert reader.query("SELECT SUM(v) FROM customers WHERE v > ?", [1]) == [(21,)]
    assert reader.meta() == {"version": "v7", "as_of": 7, "row_count": 3, "extra": {"note": "好"}}
    assert reader.dicts("SELECT v FROM customers LIMIT 1") == [{"v": 7}]
    assert reader.arrow("SELECT v FROM customers").num_rows == 3


def test_a_reader_follows_the_current_snapshot(tmp_path: Path, session: Session) -> None:
    put(session, tmp_path, 1)
    reader = SnapshotReader(tmp_path)
    assert reader.meta()["version"] == "v1"
    put(session, tmp_path, 2)
    assert reader.meta()["version"] == "v2"


def test_the_last_three_snapshots_are_kept(tmp_path: Path, session: Session) -> None:
    for value in range(1, 6):
        put(session, tmp_path, value)
    assert sorted(path.name for path in tmp_path.glob("snap_*")) == [f"snap_{n}.duckdb" for n in (3, 4, 5)]
    assert (tmp_path / "CURRENT").read_text(encoding="utf-8") == "snap_5.duckdb"


def test_without_a_snapshot_the_reader_says_so(tmp_path: Path) -> None:
    reader = SnapshotReader(tmp_path)
    assert not reader.available
    with pytest.raises(NoSnapshotError):
        reader.query("SELECT 1")


def test_published_files_cannot_be_written_by_readers(tmp_path: Path, session: Session) -> None:
    put(session, tmp_path, 1)
    with pytest.raises(Exception, match="read-only"):
        SnapshotReader(tmp_path).query("DELETE FROM customers")


def test_readers_in_threads_see_no_error_while_snapshots_change(tmp_path: Path, session: Session) -> None:
    put(session, tmp_path, 1, rows=1000)
    reader, stop, errors, seen = SnapshotReader(tmp_path), threading.Event(), [], set()

    def read() -> None:
        while not stop.is_set():
            try:
                low, high, count = reader.query("SELECT MIN(v), MAX(v), COUNT(*) FROM customers")[0]
                assert low == high
                assert count == 1000
                seen.add(low)
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for value in range(2, 12):
        put(session, tmp_path, value, rows=1000)
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(seen) > 1


FULL_DISK = """
import resource, signal, sys
from zhike.analytics import Session, publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Session(threads=1, directories=[sys.argv[1]]) as session:
    session.connection.execute("CREATE TABLE t AS SELECT hash(i) AS v FROM range(2000000) r(i)")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    try:
        publish(sys.argv[1], session, {"customers": "t"}, version="v2", as_of=2)
    except Exception as error:
        print("failed:", type(error).__name__)
"""


def test_a_disk_that_is_full_leaves_the_old_snapshot_and_no_litter(tmp_path: Path, session: Session) -> None:
    put(session, tmp_path, 1)
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True,
                          timeout=120, check=False)  # fmt: skip
    assert "failed:" in done.stdout, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CURRENT", "snap_1.duckdb"]
    assert SnapshotReader(tmp_path).meta()["version"] == "v1"
