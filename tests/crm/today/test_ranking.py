"""The arithmetic of the order, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.crm.today import ranking
from zhike.crm.today.ranking import Reason

urgencies = st.lists(st.floats(0, 0.95), max_size=6)


def reason(urgency: float, code: str = "rhythm", key: str = "k") -> Reason:
    return Reason(code, key, urgency, lambda: code)


def test_two_reasons_of_one_half_are_three_quarters():
    assert ranking.combined([0.5, 0.5]) == 0.75


@given(urgencies, st.floats(0, 0.95))
def test_one_more_reason_never_lowers_the_urgency(some, more):
    before, after = ranking.combined(some), ranking.combined([*some, more])
    assert before <= after + 1e-12
    assert after < 1


@pytest.mark.parametrize(("ratio", "urgency"), [(0.5, 0), (1, 0), (2, 0.45), (3, 0.6), (9, 0.8)])
def test_an_overdue_order_by_hand(ratio, urgency):
    assert ranking.overdue_order(ratio) == pytest.approx(urgency)


@pytest.mark.parametrize(("days", "urgency"), [(0, 0.6), (5, 0.7), (15, 0.9), (400, 0.9)])
def test_a_late_promise_by_hand(days, urgency):
    assert ranking.delayed(ranking.PROMISE, days) == pytest.approx(urgency)


@pytest.mark.parametrize(("days", "urgency"), [(30, 0), (60, 0.225), (300, 0.285), (None, 0.25)])
def test_silence_against_a_rhythm_of_thirty_days(days, urgency):
    assert ranking.silent(days, 30) == pytest.approx(urgency)


def test_news_fade_within_thirty_days():
    assert [ranking.fading(0.5, days) for days in (0, 15, 30, 90)] == [0.5, 0.25, 0, 0]


def test_eight_times_the_value_weighs_double():
    assert ranking.weight_of(800, 100) == pytest.approx(2)
    assert ranking.weight_of(12.5, 100) == pytest.approx(0.5)


def test_the_weight_has_bounds_and_is_one_without_an_analysis():
    assert ranking.weight_of(0, 100) == 0.2
    assert ranking.weight_of(10**12, 100) == 2
    assert ranking.weight_of(500, 0) == 1


def test_points_are_urgency_times_weight():
    found = ranking.rank([reason(0.5), reason(0.2, "silent")], 800, 100)
    assert found.urgency == pytest.approx(0.6)
    assert found.score == pytest.approx(120)
    assert found.at_stake == 480


def test_of_several_reasons_of_a_kind_the_most_urgent_counts():
    found = ranking.rank([reason(0.5, "task", "a"), reason(0.7, "task", "b"), reason(0.5, "silent")], 0, 0)
    assert found.urgency == pytest.approx(1 - 0.3 * 0.5)
    assert [one.key for one in found.counted] == ["b", "k"]
    assert len(found.reasons) == 3


def test_the_most_urgent_reason_stands_first_and_ties_by_name():
    found = ranking.rank([reason(0.3, "silent"), reason(0.3, "rhythm"), reason(0.9, "task")], 0, 0)
    assert [one.code for one in found.reasons] == ["task", "rhythm", "silent"]


@given(st.dictionaries(st.integers(1, 500), st.sampled_from([0.1, 0.5, 0.5, 0.9]), max_size=40), st.randoms())
def test_the_order_does_not_depend_on_how_the_lines_arrive(scores, random):
    ranks = {pk: ranking.rank([reason(urgency)], 100, 100) for pk, urgency in scores.items()}
    shuffled = list(ranks.items())
    random.shuffle(shuffled)
    order = ranking.in_order(dict(shuffled))
    assert order == ranking.in_order(ranks)
    assert order == sorted(order, key=lambda pk: (-scores[pk], pk))
