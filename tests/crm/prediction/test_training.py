"""Training: accepted, refused with the reason, silent below the guards."""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.utils import translation

from zhike.crm.prediction import jobs, queries
from zhike.crm.prediction.kinds import value
from zhike.crm.prediction.kinds.base import Comparison, Trained, plain
from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.words import reason_words
from zhike.platform.models import AuditEvent, Job


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
        parameters = deepcopy(good.parameters)
        parameters["transactions"]["params"]["alpha"] *= 20
        return Trained(parameters)

    monkeypatch.setattr(value, "train", broken)
    done = run_training(["value"])
    assert done.result["accepted"] == []
    assert queries.active_version("value") == good
    refused = queries.latest_versions()["value"]
    assert (refused.number, refused.state) == (2, "refused")
    assert refused.reason["new"] > refused.reason["active"] * 1.02
    with translation.override("en"):
        assert "of version 1 on the same hold-out" in reason_words(refused.reason)
    assert AuditEvent.objects.filter(event="model.refused").exists()
    assert not Job.objects.filter(kind=jobs.SCORE, state=Job.State.QUEUED).exists()


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
