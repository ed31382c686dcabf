"""The next purchase on Online Retail as of 2011-09-09, and the last basket."""

from __future__ import annotations

import pytest

from zhike.analytics import Session
from zhike.analytics.cycles import CycleReport, evaluate_cycles, evaluate_need

AT = 15_226


@pytest.fixture(scope="module")
def report(retail_lines: tuple[Session, int]) -> CycleReport:
    session, last = retail_lines
    assert last - AT == 91
    return evaluate_cycles(session, "facts", AT, last)


def test_the_customers_and_the_naive_errors_are_the_published_ones(report: CycleReport) -> None:
    naive = report.scores["global median"]
    assert naive["with_one_time"]["customers"] == 1_921
    assert naive["four_gaps"]["customers"] == pytest.approx(552, abs=1)
    assert naive["with_one_time"]["mae"] == pytest.approx(31.2, abs=0.5)
    assert report.scores["own mean"]["four_gaps"]["mae"] == pytest.approx(17.4, abs=0.2)


@pytest.mark.parametrize(("group", "days"), [("all", 23), ("with_one_time", 23), ("four_gaps", 17.5)])
def test_dates_come_within_the_promised_error(report: CycleReport, group: str, days: float) -> None:
    ours, naive = report.scores["own rhythm"][group]["mae"], report.scores["global median"][group]["mae"]
    assert ours <= days
    if group != "four_gaps":
        assert ours <= 0.75 * naive


def test_about_half_of_the_orders_fall_between_the_quartiles(report: CycleReport) -> None:
    assert report.interval_share == pytest.approx(0.5, abs=0.06)
    assert report.not_back == pytest.approx(571, abs=5)


def test_expected_products_are_met_more_often_than_those_of_the_last_order(
    retail_lines: tuple[Session, int],
) -> None:
    session, last = retail_lines
    found = evaluate_need(session, "lines", last)
    assert found.customers > 1_700
    assert found.expected["precision"] >= 1.4 * found.same_again["precision"]
    assert found.expected["quantity_within_half"] >= found.same_again["quantity_within_half"]
