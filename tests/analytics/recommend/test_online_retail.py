"""The next basket on Online Retail, beside popularity."""

from __future__ import annotations

import pytest

from zhike.analytics import Session
from zhike.analytics.recommend import RecommendationReport, evaluate_recommendation


@pytest.fixture(scope="module")
def report(retail_lines: tuple[Session, int]) -> RecommendationReport:
    return evaluate_recommendation(retail_lines[0], "lines", retail_lines[1])


def test_the_split_is_the_one_of_the_published_measurement(report: RecommendationReport) -> None:
    assert report.all == pytest.approx(2_774, abs=5)
    assert round(report.mean_basket) == 22
    assert report.repeat_share == pytest.approx(0.335, abs=0.002)


def test_what_is_bought_again_is_found(report: RecommendationReport) -> None:
    assert report.scores["rebuy all"]["recall"] >= 0.19
    assert report.scores["rebuy all"]["ndcg"] >= 0.285


def test_what_is_new_is_found_twice_as_often_as_by_popularity(report: RecommendationReport) -> None:
    found = report.scores["discover new"]
    assert found["recall"] >= 0.065
    assert found["ndcg"] >= 0.088
    assert found["recall"] >= 2 * report.scores["popular_recent new"]["recall"]
    assert found["recall"] >= 2 * report.scores["popular new"]["recall"]
    assert found["ndcg"] >= 2 * report.scores["popular new"]["ndcg"]
