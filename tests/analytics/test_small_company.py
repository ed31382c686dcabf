"""A company of 300 customers in 18 months of whom 60 % bought once."""

from __future__ import annotations

from collections import Counter
from statistics import mean
from typing import Any

import pytest

from analytics.samples import scored, small_company
from zhike.analytics import Calibration

Rows = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def company() -> tuple[Calibration, Rows]:
    return scored(small_company())


def test_one_time_buyers_share_the_lowest_frequency_score(company: tuple[Calibration, Rows]) -> None:
    _calibration, rows = company
    assert {rows[c]["f_score"] for c in range(1, 181)} == {1}
    assert {row["f_score"] for row in rows.values() if row["frequency"] > 1} <= {4, 5}


def test_recency_and_money_still_use_all_five_scores(company: tuple[Calibration, Rows]) -> None:
    _calibration, rows = company
    for name in ("r_score", "m_score"):
        counts = Counter(row[name] for row in rows.values())
        assert set(counts) == {1, 2, 3, 4, 5}
        assert all(50 <= count <= 70 for count in counts.values())


def test_higher_tiers_bring_more(company: tuple[Calibration, Rows]) -> None:
    _calibration, rows = company
    money = [mean(r["net_revenue"] for r in rows.values() if r["tier"] == tier) for tier in (1, 2, 3, 4)]
    assert money == sorted(money)
    diamonds = [row for row in rows.values() if row["tier"] == 4]
    assert all(row["frequency"] > 1 for row in diamonds)


def test_it_says_that_most_bought_once(company: tuple[Calibration, Rows]) -> None:
    calibration, _rows = company
    found = {guard.code: guard.words for guard in calibration.guards}
    assert found.keys() == {"mostly_one_time"}
    assert "60%" in found["mostly_one_time"].zh


def test_every_stage_and_segment_is_plausible(company: tuple[Calibration, Rows]) -> None:
    _calibration, rows = company
    stages = Counter(row["lifecycle"] for row in rows.values())
    assert {"first_purchase", "repeat", "high_value", "at_risk", "lost"} == stages.keys()
    assert all(row["rfm_segment"] for row in rows.values())
