"""The lake: whole files by customer range, rewritten only where customers changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analytics.samples import Order, arrow, order
from zhike.analytics import Lake, Session, build_facts
from zhike.analytics.engine import lake as lake_module


def load(session: Session, orders: list[Order], into: str = "facts") -> str:
    session.load("orders", arrow(orders))
    return build_facts(session, orders="orders", into=into)


def rows(session: Session, lake: Lake) -> list[tuple[Any, ...]]:
    lake.attach(session, "seen")
    return session.rows("SELECT customer_id, day, revenue FROM seen ORDER BY customer_id, day, order_id")


@pytest.fixture
def session(tmp_path: Path) -> Any:
    with Session(threads=1, directories=[tmp_path]) as found:
        yield found


def test_what_is_written_can_be_read(tmp_path: Path, session: Session) -> None:
    lake = Lake(tmp_path / "lake", width=10)
    assert lake.write(session, load(session, [order(25, 3, 7), order(1, 2, 5), order(1, 1, 6)])) == 3
    assert rows(session, lake) == [(1, 1, 6), (1, 2, 5), (25, 3, 7)]
    assert len(list((tmp_path / "lake").glob("*.parquet"))) == 2


def test_a_rewrite_replaces_the_given_customers_only(tmp_path: Path, session: Session) -> None:
    lake = Lake(tmp_path / "lake", width=10)
    lake.write(session, load(session, [order(1, 1, 5), order(2, 1, 6), order(25, 1, 7)]))
    untouched = next((tmp_path / "lake").glob("facts-00000002-*"))
    lake.rewrite(session, [1, 40], load(session, [order(1, 9, 50), order(40, 9, 8)], "changed"))
    assert rows(session, lake) == [(1, 9, 50), (2, 1, 6), (25, 1, 7), (40, 9, 8)]
    assert untouched.exists()
    assert lake.rows == 4


def test_rewriting_a_customer_with_nothing_erases_the_customer(tmp_path: Path, session: Session) -> None:
    lake = Lake(tmp_path / "lake", width=10)
    lake.write(session, load(session, [order(1, 1, 5), order(25, 1, 7)]))
    lake.rewrite(session, [25], load(session, [], "changed"))
    assert rows(session, lake) == [(1, 1, 5)]
    assert len(list((tmp_path / "lake").glob("*.parquet"))) == 1


def test_a_failed_rewrite_leaves_the_old_lake(
    tmp_path: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake", width=10)
    lake.write(session, load(session, [order(1, 1, 5), order(25, 1, 7)]))

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    changed = load(session, [order(1, 9, 50), order(25, 9, 70)], "changed")
    monkeypatch.setattr(lake_module, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        lake.rewrite(session, [1, 25], changed)
    monkeypatch.undo()
    assert rows(session, lake) == [(1, 1, 5), (25, 1, 7)]


def test_an_empty_base_makes_an_empty_lake(tmp_path: Path, session: Session) -> None:
    lake = Lake(tmp_path / "lake")
    assert lake.write(session, load(session, [])) == 0
    lake.attach(session, "seen")
    assert session.rows("SELECT COUNT(*) AS n FROM seen") == [(0,)]
