"""Telco and Online Retail: the reference figures, and what must never be surpassed."""

import numpy as np
import pytest

from analytics.churn.made import RETAIL_TEST_DAY
from zhike.analytics.churn import ChurnModel, evaluate_churn
from zhike.analytics.churn.columns import read_frame, row_hashes
from zhike.analytics.churn.folds import fold_of_rows
from zhike.analytics.churn.metrics import auc
from zhike.analytics.churn.snapshots import NEW_DAYS, features_sql

FOLDS, REPEATS = 5, 3


@pytest.fixture(scope="module")
def telco_folds(telco):
    """Five folds, three times, each with the model that its training part chooses by itself."""
    frame, churned = telco
    found = []
    for repeat in range(REPEATS):
        keys = row_hashes(read_frame(frame.assign(repeat=float(repeat))))
        fold = fold_of_rows(keys, churned, FOLDS)
        for one in range(FOLDS):
            held = fold == one
            model = ChurnModel().fit(frame[~held], churned[~held])
            found.append((model, evaluate_churn(churned[held], model.predict_proba(frame[held]))))
    return found


def mean(found, name):
    return float(np.mean([metrics[name] for _model, metrics in found]))


def test_telco_reaches_the_ceiling_and_stays_below_a_leak(telco_folds):
    assert 0.845 <= mean(telco_folds, "auc") <= 0.90
    assert mean(telco_folds, "ap") >= 0.655
    assert mean(telco_folds, "brier") <= 0.137
    assert mean(telco_folds, "ece") <= 0.03
    assert mean(telco_folds, "lift_10") >= 2.7
    assert not [
        m
        for model, _metrics in telco_folds
        for m in model.guards_
        if m in ("suspicious_auc", "possible_leak")
    ]


@pytest.fixture(scope="module")
def retail_test(retail, retail_training):
    """Everybody of the test day, the new ones too as in the reference, who stayed away after it, and p."""
    table = retail.sql(features_sql("facts", [RETAIL_TEST_DAY], horizon=90))
    return table, table["churned"].to_numpy() == 1, retail_training.model.predict_proba(table)


def test_the_test_snapshot_of_online_retail_is_the_reference_one(retail_test, retail_training):
    _table, churned, _p = retail_test
    assert (len(churned), round(100 * churned.mean(), 1)) == (3_362, 43.3)
    assert len(retail_training.snapshots) == 5
    assert retail_training.snapshots[-1] + 90 <= RETAIL_TEST_DAY


def test_online_retail_is_forecast_better_than_by_any_simple_rule(retail_test):
    table, churned, p = retail_test
    recency = table["recency_days"].to_numpy()
    found = evaluate_churn(
        churned, p, baselines={"recency": recency, "frequency": -table["frequency"].to_numpy()}
    )
    assert found["baselines"]["recency"] == pytest.approx(0.684, abs=0.002)
    assert found["baselines"]["frequency"] == pytest.approx(0.723, abs=0.002)
    assert found["auc"] >= max(0.73, found["baselines"]["recency"] + 0.04, found["baselines"]["frequency"])
    assert found["brier"] <= 0.212
    assert found["expected"] == pytest.approx(found["churners"], rel=0.2)


def test_without_the_new_customers_it_is_as_good(retail_test):
    table, churned, p = retail_test
    past = table["tenure_days"].to_numpy() >= NEW_DAYS
    recency = table["recency_days"].to_numpy()
    assert auc(churned[past], p[past]) >= max(0.73, auc(churned[past], recency[past]) + 0.04)
    assert np.mean((p[past] - churned[past]) ** 2) <= 0.212


def test_one_time_buyers_are_nearly_unpredictable_and_the_training_says_so(retail_training):
    groups = retail_training.validation["groups"]
    assert groups["one_time"]["auc"] < 0.62 < groups["repeat"]["auc"]


def test_the_alive_probability_alone_would_be_worthless_and_is_not_what_we_rank_by(retail, retail_test):
    from scipy.stats import spearmanr

    from zhike.analytics.clv import BetaGeoNBD

    table, churned, p = retail_test
    history = {
        "x": table["purchase_days"].to_numpy() - 1,
        "t_x": (table["tenure_days"].to_numpy() - table["recency_days"].to_numpy()).astype(float),
        "T": table["tenure_days"].to_numpy().astype(float),
    }
    gone = 1 - BetaGeoNBD().fit(history).predict_alive(history)
    assert auc(churned, gone) < 0.56 < 0.73 <= auc(churned, p)
    assert spearmanr(gone, p).statistic < 0.8


def test_money_is_captured_by_probability_times_value_not_by_probability(retail_test, retail_training):
    table, churned, p = retail_test
    spent = table["revenue_90"].to_numpy().astype(float)
    found = evaluate_churn(churned, p, lost=spent, value=spent)["money"]
    assert found["by_p"] < 0.05 < 0.6 <= found["by_p_value"]
    assert found["by_p_value"] > found["by_value"] * 0.9
