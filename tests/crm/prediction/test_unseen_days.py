"""Versions are compared on days that neither learned from: by heart is not better."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from analytics.churn.made import SMALL_AS_OF, company
from zhike.analytics import Session, build_facts
from zhike.analytics.churn import learners, train_churn
from zhike.analytics.churn.metrics import brier
from zhike.analytics.churn.orders import feature_columns
from zhike.analytics.churn.snapshots import labelled
from zhike.crm.prediction.kinds import churn
from zhike.crm.prediction.sources import Sources


@pytest.fixture
def known():
    with Session(threads=1) as session:
        session.load("orders", company(600, seed=4))
        build_facts(session, orders="orders", into="model_facts")
        yield Sources(session, date(1970, 1, 1) + timedelta(days=SMALL_AS_OF), 0, session)


def test_churn_is_compared_without_the_days_that_it_is_compared_on(known):
    whole = churn.train(known).held_out
    known.session.connection.execute(
        f"DELETE FROM model_facts WHERE day > {whole['until']} AND customer_id % 50 = 0"
    )
    assert churn.train(known).held_out == whole


def test_trees_that_know_every_customer_by_heart_lose_against_an_honest_line(known, monkeypatch):
    monkeypatch.setattr(churn, "train_churn", lambda *given: train_churn(*given, kind="logistic"))
    honest = churn.train(known)
    overgrown = {"learning_rate": 0.4, "min_child_samples": 1, "min_data_in_leaf": 1, "lambda_l2": 0}
    monkeypatch.setattr(learners, "TREES", learners.TREES | overgrown)
    monkeypatch.setattr(learners, "ROUNDS", 500)
    monkeypatch.setattr(churn, "train_churn", lambda *given: train_churn(*given, kind="boosting"))
    by_heart = churn.train(known)
    until = honest.held_out["until"]
    table = labelled(known.session, known.facts, [until], honest.data["horizon"])
    columns, left = feature_columns(table), table["churned"].to_numpy() == 1
    seen = [
        brier(left, churn._read(json.loads(json.dumps(one.parameters))).model.predict_proba(columns))
        for one in (by_heart, honest)
    ]
    assert seen[0] < 0.7 * seen[1], "on days that it has seen it looks far better"
    found = churn.compare(known, by_heart.held_out["parameters"], honest.held_out["parameters"], until)
    assert found.is_worse
    back = churn.compare(known, honest.held_out["parameters"], by_heart.held_out["parameters"], until)
    assert not back.is_worse
