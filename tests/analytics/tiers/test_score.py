"""Scores per dimension: break-points by value, straight lines between them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics import Session
from zhike.analytics.distribution import Distribution
from zhike.analytics.tiers.model import HIGHER, LOWER
from zhike.analytics.tiers.score import GRID, interpolate, knots, score_sql, value_for

VALUES = st.lists(st.integers(-100, 100), min_size=2, max_size=200).filter(lambda v: len(set(v)) > 1)
DIRECTION = st.sampled_from([HIGHER, LOWER])


@given(st.lists(st.integers(1, 9), min_size=2, max_size=99).filter(lambda v: len(set(v)) > 1), DIRECTION)
def test_few_values_score_exactly_the_share_of_worse_customers(values: list[int], direction: str) -> None:
    points = knots(Distribution.from_arrays(np.array(values)), direction)
    for value in values:
        worse = sum(v > value if direction == LOWER else v < value for v in values)
        assert interpolate(value, points) == pytest.approx(100 * worse / len(values), abs=1e-5)


@given(VALUES, DIRECTION)
def test_a_better_value_never_scores_less(values: list[int], direction: str) -> None:
    points = knots(Distribution.from_arrays(np.array(values)), direction)
    assert len(points) <= len(GRID) + 2
    scores = [interpolate(v, points) for v in sorted(set(values), reverse=direction == LOWER)]
    assert all(a <= b + 1e-9 for a, b in pairwise(scores))
    assert scores[0] == 0


@given(VALUES, DIRECTION)
@settings(max_examples=25, deadline=None)
def test_the_engine_scores_like_python(values: list[int], direction: str) -> None:
    points = knots(Distribution.from_arrays(np.array(values)), direction)
    asked = [*values, -1000, 1000]
    with Session(threads=1) as session:
        session.connection.execute("CREATE TABLE t (v BIGINT)")
        session.connection.executemany("INSERT INTO t VALUES (?)", [[v] for v in asked])
        rows = session.rows(f"SELECT v, {score_sql('v', points)} AS s FROM t")
    for value, score in rows:
        assert score == pytest.approx(interpolate(value, points), abs=0.0051)


@given(VALUES, DIRECTION, st.floats(0, 100))
def test_the_value_for_a_score_reaches_it(values: list[int], direction: str, score: float) -> None:
    points = knots(Distribution.from_arrays(np.array(values)), direction)
    value = value_for(score, points, direction, whole=True)
    best = max(s for _x, s in points)
    if value is None:
        assert score > best
    else:
        assert interpolate(value, points) >= score - 1e-6


def test_a_constant_dimension_has_no_points() -> None:
    assert knots(Distribution.from_arrays(np.array([4, 4, 4])), HIGHER) == ()
