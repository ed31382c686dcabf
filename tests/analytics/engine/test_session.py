"""The session: bounded, in UTC, and without a way out."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from zhike.analytics import Session


def test_files_outside_the_allowed_directories_cannot_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "open").mkdir()
    with Session(directories=[tmp_path / "open"]) as session, pytest.raises(duckdb.PermissionException):
        session.connection.execute(f"SELECT * FROM read_csv('{secret}')").fetchall()


def test_the_configuration_is_locked() -> None:
    with Session() as session, pytest.raises(duckdb.InvalidInputException):
        session.connection.execute("SET enable_external_access = true")


def test_the_session_runs_in_utc_with_the_given_bounds(tmp_path: Path) -> None:
    with Session(threads=1, memory_limit="200MB", temp_dir=tmp_path) as session:
        row = session.connection.execute(
            "SELECT current_setting('TimeZone'), current_setting('threads'), current_setting('memory_limit')"
        ).fetchall()[0]
    assert row[0] == "UTC"
    assert row[1] == 1
    assert "190" in row[2]


def test_parameters_are_bound_by_name() -> None:
    with Session() as session:
        assert session.rows("SELECT :a + 1 AS b", a=2) == [(3,)]


def test_names_that_are_no_identifiers_are_refused() -> None:
    with Session() as session, pytest.raises(ValueError, match="not an identifier"):
        session.create("t; DROP TABLE x", "SELECT 1 AS a")


def test_work_larger_than_memory_spills_into_the_temporary_directory(tmp_path: Path) -> None:
    with Session(threads=1, memory_limit="150MB", temp_dir=tmp_path) as session:
        session.connection.execute("CREATE TABLE t AS SELECT i AS k, hash(i) AS v FROM range(8_000_000) r(i)")
        assert session.rows("SELECT COUNT(*) AS n FROM t") == [(8_000_000,)]


def test_a_sorted_result_of_many_chunks_comes_sorted():
    with Session() as session:
        session.connection.execute("CREATE TABLE t AS SELECT (range * 7919) % 200000 AS a FROM range(200000)")
        for _attempt in range(5):
            assert session.sql("SELECT a FROM t ORDER BY a").column("a").to_pylist() == list(range(200000))
