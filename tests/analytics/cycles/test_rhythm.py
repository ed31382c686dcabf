"""The rhythm of buying: cycles, dates that are never in the past, and what will be needed."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.purchase_lines import companies, lines_of, table
from zhike.analytics import Session
from zhike.analytics.cycles import category_cycles, evaluate_need, expected_need, purchase_cycles
from zhike.analytics.cycles.gaps import Gaps

AS_OF = 400
MONTHLY = [(1, place, 100 + 30 * place, 7) for place in range(8)]
CROWD = [(c, 100 * c + n, 100 + (20 + c % 20) * n, 7) for c in range(10, 60) for n in range(6)]


def _cycles(rows: list, as_of: int = AS_OF) -> dict[int, dict]:
    with lines_of(rows) as session:
        session.connection.execute("CREATE TABLE facts AS SELECT customer_id, day, 1 AS purchase FROM lines")
        return {row["customer_id"]: row for row in purchase_cycles(session, "facts", as_of).to_pylist()}


def test_a_steady_buyer_is_expected_a_cycle_after_the_last_order() -> None:
    found = _cycles(MONTHLY + CROWD, as_of=315)[1]
    assert found["gaps"] == 7
    assert found["cycle_days"] == 30
    assert found["ratio"] == pytest.approx(5 / 30)
    assert found["status"] == "not_due"
    assert found["next_expected"] == 340
    assert found["next_low"] <= 340 <= found["next_high"]


@pytest.mark.parametrize(
    ("as_of", "status"), [(339, "not_due"), (340, "due"), (370, "due"), (371, "overdue")]
)
def test_the_status_follows_the_waited_share_of_the_cycle(as_of: int, status: str) -> None:
    assert _cycles(MONTHLY + CROWD, as_of)[1]["status"] == status


def test_one_purchase_makes_no_rhythm() -> None:
    found = _cycles([*MONTHLY, (2, 99, 150, 7), (2, 98, 150, 8)])[2]
    assert found["status"] == "unknown"
    assert found["gaps"] == 0
    assert {found[name] for name in ("cycle_days", "next_expected", "next_low", "next_high", "ratio")} == {
        None
    }
    assert _cycles([(2, 99, 150, 7)])[2]["status"] == "unknown"
    assert _cycles([]) == {}


def test_one_odd_gap_does_not_move_a_long_rhythm() -> None:
    days = [100 + 10 * n for n in range(11)]
    odd = [*days, days[-1] + 200]
    found = _cycles([(1, n, day, 7) for n, day in enumerate(odd)], as_of=odd[-1])[1]
    assert found["cycle_days"] == 10


def test_few_gaps_lean_on_everybody_elses() -> None:
    alone = [(1, 1, 100, 7), (1, 2, 105, 7)]
    cycle = _cycles(alone + CROWD)[1]["cycle_days"]
    assert 5 < cycle < 30


@given(companies(customers=5), st.integers(100, 900))
@settings(max_examples=40, deadline=None)
def test_no_date_lies_in_the_past_and_the_interval_holds_it(rows: list, as_of: int) -> None:
    found = _cycles(rows, as_of)
    random.Random(5).shuffle(rows)
    assert _cycles(rows, as_of) == found
    for row in found.values():
        if row["status"] == "unknown":
            continue
        assert as_of < row["next_low"] <= row["next_expected"] <= row["next_high"]
        assert row["cycle_days"] >= 1
        assert np.isfinite(row["ratio"])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60)), min_size=1))
@settings(max_examples=50, deadline=None)
def test_gaps_equal_those_counted_by_hand(rows: list) -> None:
    owners = sorted({owner for owner, _day in rows})
    gaps = Gaps.of([owners.index(owner) for owner, _day in rows], [day for _owner, day in rows])
    means = gaps.trimmed_means(0.2)
    for place, owner in enumerate(owners):
        days = sorted({day for who, day in rows if who == owner})
        own = sorted(b - a for a, b in pairwise(days))
        assert gaps.days[gaps.owner == place].tolist() == own
        assert gaps.last[place] == days[-1]
        cut = int(0.2 * len(own))
        kept = own[cut : len(own) - cut] if own else [0]
        assert means[place] == pytest.approx(sum(kept) / len(kept))


def test_the_need_names_products_with_quantity_and_day() -> None:
    rows = [(1, n, 100 + 30 * n, "ink") for n in range(6)] + [(1, n, 100 + 30 * n, "toner") for n in (0, 3)]
    rows += [(1, 5, 250, "cup")]
    with lines_of(rows, [2, 2, 4, 4, 6, 6, 1, 3, 9]) as session:
        found = expected_need(session, "lines", 255).to_pylist()
        assert session.connection.execute("SHOW TABLES").fetchall() == [("lines",)]
    assert [row["product_id"] for row in found] == ["ink", "toner"]
    ink, toner = found
    # The median of the last five: 2, 4, 4, 6, 6.
    assert (ink["quantity"], toner["quantity"]) == (4, 2)
    assert 255 < ink["expected_on"] <= toner["expected_on"]
    assert ink["expected_on"] == pytest.approx(280, abs=3)
    evidence = json.loads(ink["evidence"])
    assert (evidence["code"], evidence["times"], evidence["visits"], evidence["last"]) == (
        "usual_need",
        6,
        6,
        250,
    )


@given(companies())
@settings(max_examples=20, deadline=None)
def test_what_was_bought_once_is_never_expected(rows: list) -> None:
    with lines_of(rows) as session:
        found = expected_need(session, "lines", AS_OF)
        random.Random(6).shuffle(rows)
        session.load("lines", table(rows))
        assert expected_need(session, "lines", AS_OF).equals(found)
        evaluate_need(session, "lines", AS_OF)
    days: dict = {}
    for customer, _order, day, product in rows:
        days.setdefault((customer, product), set()).add(day)
    for row in found.to_pylist():
        assert len(days[row["customer_id"], row["product_id"]]) >= 2
        assert row["expected_on"] > AS_OF


def test_a_category_has_the_median_cycle_of_its_customers() -> None:
    rows = [(c, 10 * c + n, 100 + 20 * n, 7) for c in range(1, 61) for n in range(3)]
    rows += [(c, 1_000 + 10 * c + n, 100 + 5 * n, 8) for c in range(1, 10) for n in range(2)]
    with lines_of(rows) as session:
        session.load("products", pa.table({"product_id": [7, 8], "category": ["tea", "ink"]}))
        found = category_cycles(session, "lines", "products", AS_OF).to_pylist()
    assert found == [{"category": "tea", "customers": 60, "cycle_days": 20.0}]


def test_a_session_keeps_only_what_was_there() -> None:
    with Session(threads=1) as session:
        session.load("lines", table(MONTHLY))
        evaluate_need(session, "lines", AS_OF)
        assert session.connection.execute("SHOW TABLES").fetchall() == [("lines",)]
