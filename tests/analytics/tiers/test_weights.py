"""Weights from the base's own scores, in percent."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics import calibrate, default_model, evaluate
from zhike.analytics.tiers.weights import entropy_of, in_percent, of_criteria
from zhike.analytics.voice import counted_entropy_weights, entropy_weights


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=40))
def test_counted_values_weigh_like_the_whole_matrix(rows: list[list[int]]) -> None:
    matrix = np.array(rows)
    if not matrix.sum(axis=0).all():
        return
    columns = [np.unique(column, return_counts=True) for column in matrix.T]
    assert counted_entropy_weights(columns) == pytest.approx(entropy_weights(matrix), abs=1e-9)


def test_the_weights_of_a_base_are_those_of_its_scores(shop) -> None:
    session, features, as_of = shop
    model = default_model()
    found = entropy_of(session, features, model)
    evaluate(session, features, calibrate(session, features), as_of, into="scored")
    scores = []
    for (reasons,) in session.rows("SELECT reasons FROM scored WHERE profiled AND frequency > 0"):
        scores.append([entry["score"] for entry in json.loads(reasons)])
    table = np.array(scores, dtype=float)
    known = ~np.isnan(table).any(axis=0)
    if known.all():
        assert list(found.values()) == pytest.approx(entropy_weights(table), abs=1e-6)
    assert sum(found.values()) == pytest.approx(1)


@given(st.lists(st.floats(0.001, 50), min_size=1, max_size=12))
def test_percents_add_up_to_exactly_a_hundred(values: list[float]) -> None:
    found = in_percent({f"d{i}": value for i, value in enumerate(values)})
    assert round(sum(found.values()), 6) == 100
    for i, value in enumerate(values):
        assert found[f"d{i}"] == pytest.approx(100 * value / sum(values), abs=0.0101)


def test_judgements_follow_their_dimensions() -> None:
    matrix = [[1, 2, 4], [0.5, 1, 2], [0.25, 0.5, 1]]
    assert of_criteria(matrix, ["a", "b", "c"], ["c", "a"]) == [[1, 0.25], [4, 1]]
    assert of_criteria(matrix, ["a", "b", "c"], ["a", "x"]) is None
