"""Overlap against sets, retention against counting one by one."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.watching import cohort_table, overlap, retention_rate


@settings(max_examples=40)
@given(st.lists(st.sets(st.integers(0, 25)), min_size=2, max_size=4))
def test_overlap_counts_what_sets_count(groups):
    everybody = set(range(30))
    bits = Counter(sum(1 << i for i, group in enumerate(groups) if one in group) for one in everybody)
    found = overlap(bits, len(groups), len(everybody))
    assert found.sizes == tuple(map(len, groups))
    assert found.anywhere == len(set().union(*groups))
    for (i, j), pair in found.pairs.items():
        a, b = groups[i], groups[j]
        assert pair.both == len(a & b)
        assert pair.jaccard == (pytest.approx(len(a & b) / len(a | b)) if a | b else None)
        if a and b:
            assert pair.lift == pytest.approx((len(a & b) / 30) / (len(a) / 30 * len(b) / 30))
            assert pair.share == pytest.approx(len(a & b) / len(a))
        else:
            assert pair.lift is None


def test_a_cohort_is_watched_as_long_as_it_exists():
    periods = [202601, 202602, 202603]
    sizes = {202601: 4, 202602: 2, 202512: 9}
    active = {(202601, 202601): 4, (202601, 202602): 2, (202601, 202603): 1, (202602, 202602): 2}
    found = cohort_table(sizes, active, periods)
    assert found.cohorts == (202601, 202602)
    assert found.kept == ((4, 2, 1), (2, 0))
    assert [found.rate(0, age) for age in range(4)] == [1.0, 0.5, 0.25, None]
    assert found.average == (1.0, pytest.approx(2 / 6), 0.25)


def test_nothing_to_watch_is_an_empty_table():
    assert cohort_table({}, {}, [202601]).average == ()


def test_retention_counts_who_came_back_among_who_was_there():
    assert retention_rate(8, 6) == 0.75
    assert retention_rate(0, 0) is None
    with pytest.raises(ValueError, match="more came back"):
        retention_rate(3, 4)
