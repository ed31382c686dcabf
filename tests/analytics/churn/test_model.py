"""The model: deterministic, blind to order, honest about small samples, and stored as text."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from analytics.churn.made import features
from zhike.analytics.churn import ChurnModel
from zhike.analytics.churn.calibrator import calibrate
from zhike.analytics.churn.columns import FrameError, hashes
from zhike.analytics.churn.folds import fold_of_rows
from zhike.analytics.churn.metrics import miscalibration


@pytest.fixture(scope="module")
def middle():
    table, churned = features(600)
    return ChurnModel().fit(table, churned), table, churned


@pytest.fixture(scope="module")
def trees():
    table, churned = features(1_200, seed=1)
    return ChurnModel("boosting").fit(table, churned), table, churned


@pytest.mark.parametrize(
    ("size", "rate", "guards"),
    [
        (199, 0.0, ["few_customers"]),
        (600, -9.0, ["few_churners"]),
        (600, 9.0, ["few_kept"]),
        (0, 0.0, ["few_customers", "few_churners", "few_kept"]),
    ],
)
def test_below_the_guards_there_is_no_model_and_no_probability(size, rate, guards):
    table, churned = features(size, rate=rate)
    model = ChurnModel().fit(table, churned)
    assert (model.kind_, model.guards_) == ("rules", guards)
    assert np.isnan(model.predict_proba(table)).all()
    assert model.explain(table) == [[] for _row in range(size)]
    again = ChurnModel.from_json(model.to_json())
    assert (again.kind_, again.guards_) == ("rules", guards)


def test_a_small_sample_gets_the_simple_model_and_says_so(middle):
    model, _table, _churned = middle
    assert model.kind_ == "logistic"
    assert "simple_model" in model.guards_
    assert model.learner_.penalty == 0.05


def test_boosting_replaces_logistic_only_when_better_by_the_margin():
    table, churned = features(1_500)
    line = ChurnModel().fit(table, churned)
    assert line.kind_ == "logistic"
    assert line.metrics_["candidates"]["boosting"] <= line.metrics_["candidates"]["logistic"] + 0.003
    bent = (np.abs(table["strong"]) > 1) ^ (table["noise"] > 1.5)
    assert ChurnModel().fit(table, bent).kind_ == "boosting"


@pytest.mark.parametrize("kind", ["middle", "trees"])
def test_the_order_of_the_rows_and_a_second_run_change_nothing(kind, request):
    model, table, churned = request.getfixturevalue(kind)
    order = np.random.default_rng(3).permutation(len(churned))
    mixed = ChurnModel(model.kind).fit({n: v[order] for n, v in table.items()}, churned[order])
    assert mixed.to_json() == model.to_json()


@pytest.mark.parametrize("kind", ["middle", "trees"])
def test_stored_as_text_and_read_again_it_says_the_same(kind, request):
    model, table, _churned = request.getfixturevalue(kind)
    again = ChurnModel.from_json(model.to_json())
    assert np.array_equal(again.predict_proba(table), model.predict_proba(table))
    assert again.explain(table)[:5] == model.explain(table)[:5]
    assert (again.metrics_, again.guards_, again.data_) == (model.metrics_, model.guards_, model.data_)
    assert again.to_json() == model.to_json()
    json.loads(model.to_json(), parse_constant=pytest.fail)


@pytest.mark.parametrize("kind", ["middle", "trees"])
def test_the_contributions_add_up_to_the_log_odds(kind, request):
    model, table, _churned = request.getfixturevalue(kind)
    columns = dict(table)
    odds, parts = model.learner_.explained(model._matrix(model.kind_, columns))
    rest = odds - parts.sum(axis=1)
    assert np.ptp(rest) < 1e-9
    _member, total = model._by_family(parts)
    assert total.sum(axis=1) == pytest.approx(parts.sum(axis=1))


@pytest.mark.parametrize("kind", ["middle", "trees"])
def test_the_first_reason_is_the_planted_cause(kind, request):
    model, table, _churned = request.getfixturevalue(kind)
    reasons = model.explain(table)
    far = np.flatnonzero(np.abs(table["strong"]) > 1.5)
    assert np.mean([reasons[row][0].feature == "strong" for row in far]) > 0.9
    for row in far[:50]:
        strong = next(reason for reason in reasons[row] if reason.feature == "strong")
        assert strong.value == table["strong"][row]
        assert np.sign(strong.effect) == np.sign(table["strong"][row])


def test_the_logistic_reasons_are_its_contributions_by_hand(middle):
    model, table, _churned = middle
    learner, matrix = model.learner_, model.encoder_.linear(table)
    place = model.encoder_.linear_sources.index("strong")
    part = (matrix[:, place] - learner.mean[place]) * learner.coef[place]
    odds, p = matrix @ learner.coef + learner.intercept, model.calibrator_.apply
    strong = next(reason for reason in model.explain(table)[0] if reason.feature == "strong")
    assert strong.effect == pytest.approx(float(p(odds[0]) - p(odds[0] - part[0])))


def test_a_frame_an_arrow_table_and_a_mapping_are_the_same(middle):
    import pandas as pd

    model, table, churned = middle
    frame = pd.DataFrame(table)
    assert np.array_equal(model.predict_proba(frame), model.predict_proba(table))
    assert np.array_equal(model.predict_proba(pa.Table.from_pandas(frame)), model.predict_proba(table))
    assert ChurnModel().fit(frame, churned).to_json() == model.to_json()


def test_a_missing_column_is_named_and_other_columns_do_not_matter(middle):
    model, table, _churned = middle
    assert np.array_equal(model.predict_proba(table | {"more": table["weak"]}), model.predict_proba(table))
    with pytest.raises(FrameError, match="'weak'"):
        model.predict_proba({name: table[name] for name in table if name != "weak"})
    with pytest.raises(FrameError, match="dates"):
        model.predict_proba(table | {"weak": np.full(600, np.datetime64("2020-01-01"))})


number = st.floats(allow_nan=True, allow_infinity=True, width=64)


@settings(max_examples=60, deadline=None)
@given(strong=number, weak=number, noise=number, text=st.text(max_size=5))
def test_whatever_a_customer_looks_like_the_answer_is_a_probability(strong, weak, noise, text):
    model = _stored()
    row = {
        "strong": np.array([strong]), "weak": np.array([weak]), "noise": np.array([noise]),
        "text": np.array([text], object),
    }  # fmt: skip
    (p,) = model.predict_proba(row)
    assert 0 <= p <= 1
    assert all(np.isfinite(reason.effect) for reason in model.explain(row)[0])


_kept: list[ChurnModel] = []


def _stored() -> ChurnModel:
    if not _kept:
        table, churned = features(400, seed=5)
        table["weak"][::7] = np.nan
        _kept.append(ChurnModel().fit(table, churned))
    return _kept[0]


def test_rows_of_one_customer_are_held_out_together_and_the_kinds_are_spread():
    random = np.random.default_rng(0)
    groups = random.integers(0, 300, 1_000)
    churned = random.random(1_000) < 0.2
    fold = fold_of_rows(hashes(groups), churned, 5)
    for one in range(300):
        assert len(set(fold[groups == one].tolist())) <= 1
    rates = [churned[fold == one].mean() for one in range(5)]
    assert max(rates) - min(rates) < 0.1


@pytest.mark.parametrize(("size", "kind"), [(600, "sigmoid"), (20_000, "isotonic")])
def test_calibration_repairs_probabilities_and_keeps_the_order(size, kind):
    random = np.random.default_rng(0)
    odds = random.normal(size=size) * 2
    churned = random.random(size) < expit(0.5 * odds - 1)
    found = calibrate(odds, churned)
    assert found.kind == kind
    fresh = np.linspace(-3, 3, 50)
    assert found.apply(fresh) == pytest.approx(expit(0.5 * fresh - 1), abs=0.08)
    assert (np.diff(found.apply(fresh)) > 0).all()


def test_probabilities_that_are_off_on_the_latest_snapshot_are_recalibrated_on_it():
    table, churned = features(900, seed=2)
    recent = np.arange(900) >= 450
    later = churned.copy()
    later[recent] &= np.random.default_rng(0).random(450) < 0.5
    model = ChurnModel().fit(table, later, recent=recent)
    assert "recalibrated" in model.guards_
    assert model.calibrator_.kind == "sigmoid"
    assert model.metrics_["ece"] < model.metrics_["ece_before"]
    assert model.metrics_["expected"] == pytest.approx(later[recent].sum(), rel=0.1)


def test_the_trees_answer_as_lightgbm_itself_and_so_do_their_reasons(trees):
    model, table, _churned = trees
    table = dict(table, strong=np.where(np.arange(1_200) % 9, table["strong"], np.nan))
    matrix = model._matrix("boosting", table)
    odds, parts = model.learner_.explained(matrix)
    booster = model.learner_.booster
    theirs = booster.predict(matrix, pred_contrib=True, num_threads=1)
    assert odds == pytest.approx(booster.predict(matrix, raw_score=True, num_threads=1), abs=1e-10)
    assert parts == pytest.approx(theirs[:, :-1], abs=1e-10)
    assert model.learner_.tables.expected == pytest.approx(theirs[0, -1], abs=1e-10)


def test_trees_learned_with_gaps_send_them_where_lightgbm_does():
    table, churned = features(1_200, seed=4)
    table["strong"][churned & (np.arange(1_200) % 3 == 0)] = np.nan
    model = ChurnModel("boosting").fit(table, churned)
    matrix = model._matrix("boosting", table)
    theirs = model.learner_.booster.predict(matrix, raw_score=True, num_threads=1)
    assert model.learner_.log_odds(matrix) == pytest.approx(theirs, abs=1e-10)


def test_calibration_is_judged_beyond_chance():
    random = np.random.default_rng(0)
    p = random.beta(2, 3, 300)
    assert np.mean([miscalibration(random.random(300) < p, p) < 0.05 for _draw in range(50)]) > 0.9
    assert miscalibration(random.random(300) < p**0.3, p) > 0.05
