"""Metrics against independent implementations and by their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.churn import evaluate_churn, psi
from zhike.analytics.churn.metrics import auc, auc_interval, average_precision, captured, ece, lift, top_mean

pairs = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60).filter(
    lambda rows: 0 < sum(left for left, _score in rows) < len(rows)
)


@settings(max_examples=60)
@given(pairs)
def test_auc_and_average_precision_equal_the_independent_ones_also_with_ties(rows):
    from sklearn.metrics import average_precision_score, roc_auc_score

    churned, score = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], float)
    assert auc(churned, score) == pytest.approx(roc_auc_score(churned, score))
    assert average_precision(churned, score) == pytest.approx(average_precision_score(churned, score))


@settings(max_examples=40)
@given(pairs, st.randoms(use_true_random=False))
def test_no_metric_depends_on_the_order_of_the_rows(rows, random):
    def found(rows):
        churned, p = np.array([r[0] for r in rows]), np.array([r[1] / 20 for r in rows])
        return evaluate_churn(churned, p, lost=np.arange(len(rows)) * 0 + p, value=p)

    mixed = list(rows)
    random.shuffle(mixed)
    one, two = found(rows), found(mixed)
    for name in ("auc", "ap", "brier", "ece", "lift_10", "empc", "expected"):
        assert one[name] == pytest.approx(two[name])
    assert one["money"] == pytest.approx(two["money"])


def test_the_interval_of_the_auc_covers_the_truth():
    random = np.random.default_rng(1)
    truth = 0.7602499389065233  # Φ(1/√2): two normals one standard deviation apart
    inside = 0
    for _draw in range(300):
        churned = np.arange(200) < 80
        low, high = auc_interval(churned, random.normal(size=200) + churned)
        inside += low <= truth <= high
    assert 0.91 <= inside / 300 <= 0.985


def test_calibration_error_lift_and_money_by_hand():
    churned = np.array([True, False, True, True, False, False, False, False, False, False])
    p = np.array([0.9, 0.15, 0.9, 0.9, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15])
    assert ece(churned, p) == pytest.approx(0.3 * 0.1 + 0.7 * 0.15)
    assert lift(churned, p) == pytest.approx(1 / 0.3)
    assert captured(np.array([5.0, 3, 2, 0, 0]), np.array([1.0, 2, 3, 0, 0])) == pytest.approx(0.2)
    # Ties at the edge count in part.
    assert top_mean(np.array([2.0, 1, 1]), [1.0, 0, 1], 0.6) == pytest.approx(0.75)


def test_the_same_population_has_no_drift_and_another_one_has():
    assert psi([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]) == 0
    assert psi([0.1] * 10, [0.4, 0.3, 0.1, 0.1, 0.1, 0, 0, 0, 0, 0]) > 0.25


def test_groups_too_small_have_a_rate_and_no_auc():
    churned = np.arange(200) % 2 == 0
    groups = np.where(np.arange(200) < 10, "few", "many")
    found = evaluate_churn(churned, np.linspace(0, 1, 200), groups=groups)["groups"]
    assert found["few"] == {"n": 10, "rate": 0.5, "auc": None}
    assert found["many"]["auc"] is not None
