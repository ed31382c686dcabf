"""Training: accepted, refused with the reason, silent below the guards."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation

from zhike.crm.insight import days
from zhike.crm.prediction import jobs, queries, sources, training
from zhike.crm.prediction.kinds import value
from zhike.crm.prediction.kinds.base import Comparison, Trained, plain
from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.registry import kind_of
from zhike.crm.prediction.words import reason_words
from zhike.platform import company_day
from zhike.platform.daily import DayRun
from zhike.platform.models import AuditEvent, DailyRun, Job


def run_training(kinds: list[str]) -> Job:
    from zhike.platform.jobs import run

    record = Job.objects.create(kind=jobs.TRAIN, params={"kinds": kinds})
    run(record.pk)
    record.refresh_from_db()
    assert record.state == Job.State.DONE, record.error
    return record


def test_the_same_data_give_a_version_that_is_no_worse(predicted):
    done = run_training(["value"])
    assert done.result["accepted"] == ["value"]
    new, old = ModelVersion.objects.filter(kind="value")
    assert (new.number, new.state, old.state) == (2, "active", "retired")
    assert new.parameters["transactions"]["params"] == old.parameters["transactions"]["params"]
    assert new.data["hash"] == old.data["hash"]
    assert new.reason["code"] == "not_worse"
    assert new.reason["against"] == 1
    assert AuditEvent.objects.filter(event="model.trained").exists()


def test_a_worse_version_is_refused_with_the_reason(predicted, monkeypatch):
    good = queries.active_version("value")

    def broken(_sources):
        held_out = deepcopy(good.held_out)
        held_out["parameters"]["transactions"]["params"]["alpha"] *= 20
        return Trained(good.parameters, held_out=held_out)

    monkeypatch.setattr(value, "train", broken)
    done = run_training(["value"])
    assert done.result["accepted"] == []
    assert queries.active_version("value") == good
    refused = queries.latest_versions()["value"]
    assert (refused.number, refused.state) == (2, "refused")
    assert refused.reason["new"] > refused.reason["active"] * 1.02
    with translation.override("en"):
        assert "of version 1, each learned without the days after" in reason_words(refused.reason)
    assert AuditEvent.objects.filter(event="model.refused").exists()
    assert not Job.objects.filter(kind=jobs.SCORE, state=Job.State.QUEUED).exists()


def test_a_version_that_learned_the_answers_by_heart_does_not_win(predicted, monkeypatch):
    """It repeats every order day it has seen, and knows nothing of the days after them."""

    def learned(found, day):
        rows = found.session.rows(
            f"SELECT customer_id, MAX(day) AS last FROM {found.facts} WHERE day <= {day} GROUP BY customer_id"
        )
        return {str(customer): last for customer, last in rows}

    def by_heart(found):
        until = found.day - 90
        return Trained(learned(found, found.day), held_out=noted(until, learned(found, until)))

    def steady(found):
        guess = {"usual": found.day - 45}
        return Trained(guess, held_out=noted(found.day - 90, guess))

    def noted(until, parameters):
        return {"until": until, "parameters": parameters}

    def error(found, parameters, until):
        rows = found.session.rows(
            f"SELECT customer_id, MAX(day) AS last FROM {found.facts} WHERE day > {until} "
            "AND purchase = 1 GROUP BY customer_id"
        )
        guesses = [parameters.get("usual", parameters.get(str(customer), 0)) for customer, _last in rows]
        return sum(abs(g - last) for g, (_c, last) in zip(guesses, rows, strict=True)) / len(rows)

    def compare(found, new, active, until):
        return Comparison("mae", error(found, new, until), error(found, active, until), True, 0.02)

    with sources.opened() as opened:
        seen = learned(opened, opened.day)
        assert error(opened, seen, opened.day - 90) == 0
        for train, state in ((steady, "active"), (by_heart, "refused"), (steady, "active")):
            module = SimpleNamespace(train=train, compare=compare)
            monkeypatch.setattr(training, "kind_of", lambda _kind, module=module: module)
            assert training.train("rhythm", opened).state == state


@pytest.mark.parametrize("kind", ["value", "rhythm"])
def test_what_is_compared_does_not_know_the_days_it_is_compared_on(predicted, kind):
    with sources.opened() as opened:
        module = kind_of(kind)
        whole = module.train(opened).held_out
        opened.session.connection.execute(
            f"DELETE FROM {opened.facts} WHERE day > {whole['until']} AND customer_id % 7 = 0 "
            f"AND day < {opened.day}"
        )
        assert plain(module.train(opened).held_out) == plain(whole)


def test_a_version_that_knows_the_days_is_not_compared_on_them(predicted):
    good = queries.active_version("rhythm")
    ModelVersion.objects.filter(pk=good.pk).update(held_out={})
    run_training(["rhythm"])
    new = queries.active_version("rhythm")
    assert (new.number, new.reason["code"]) == (2, "not_compared")
    assert new.held_out["until"] < days.number(new.as_of)


@pytest.mark.parametrize("kind", ["churn", "rhythm", "recommendation"])
def test_every_kind_compares_on_the_same_hold_out(predicted, kind):
    run_training([kind])
    new = queries.active_version(kind)
    assert new.number == 2 or new.parameters.get("rules")
    if new.reason["code"] == "not_worse":
        assert new.reason["new"] == pytest.approx(new.reason["active"], rel=1e-6)


def test_an_interrupted_training_is_not_done_twice(predicted):
    from zhike.platform.jobs import run

    record = Job.objects.create(kind=jobs.TRAIN, params={"kinds": ["rhythm"]})
    version = queries.active_version("rhythm")
    record.checkpoint = {"versions": {"rhythm": version.pk}}
    record.save()
    run(record.pk)
    assert ModelVersion.objects.filter(kind="rhythm").count() == 1


def test_what_the_day_has_trained_already_is_not_trained_again_that_night(predicted):
    today = company_day.today()
    assert jobs.train_nightly(DayRun(today, [today], DailyRun())) == {"job": None}
    later = today + timedelta(days=1)
    number = jobs.train_nightly(DayRun(later, [later], DailyRun()))["job"]
    assert len(Job.objects.get(pk=number).params["kinds"]) == 4


def test_the_criterion_is_stated_and_symmetric():
    better = Comparison("brier", 0.20, 0.21, lower_is_better=True, tolerance=0.02)
    within = Comparison("brier", 0.2141, 0.21, lower_is_better=True, tolerance=0.02)
    worse = Comparison("brier", 0.2143, 0.21, lower_is_better=True, tolerance=0.02)
    assert [one.is_worse for one in (better, within, worse)] == [False, False, True]
    rank = Comparison("ndcg", 0.08, 0.09, lower_is_better=False, tolerance=0.02)
    assert rank.is_worse
    assert Comparison("mae", float("nan"), 3.0, lower_is_better=True, tolerance=0.02).is_worse


def test_json_of_a_version_holds_nothing_that_a_store_refuses():
    import numpy as np

    found = plain({"a": np.float64("nan"), "b": np.array([1, 2]), 3: (float("inf"), np.int64(4))})
    assert found == {"a": None, "b": [1, 2], "3": [None, 4]}
