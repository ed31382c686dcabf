"""Planted leaks are found; honest fields are left in peace."""

import datetime as dt

import numpy as np
import pytest

from zhike.analytics.churn import ChurnModel, leak_scan


def codes(frame, churned, **more):
    return {(leak.column, leak.code) for leak in leak_scan(frame, churned, **more)}


def test_nothing_is_flagged_on_telco(telco):
    assert leak_scan(*telco) == []


@pytest.fixture
def planted(telco):
    import pandas as pd

    frame, churned = telco
    random = np.random.default_rng(0)
    frame = frame.copy()
    frame["customer"] = [f"{n:05d}-X" for n in range(len(frame))]
    frame["number"] = np.arange(len(frame))
    frame["closing_call_seconds"] = churned * random.gamma(5, 60, len(frame)) + random.random(len(frame))
    frame["reason"] = np.where(churned & (random.random(len(frame)) < 0.1), "moved away", "")
    frame["free_text"] = [f"note {n % 400}" for n in range(len(frame))]
    frame["settled"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(len(frame)) % 50, "D")
    return frame, churned


def test_every_planted_leak_is_flagged_and_nothing_else(planted):
    frame, churned = planted
    assert codes(frame, churned, snapshot=dt.date(2020, 2, 1)) == {
        ("customer", "id_like"),
        ("number", "id_like"),
        ("closing_call_seconds", "too_good"),
        ("reason", "certain_level"),
        ("free_text", "many_levels"),
        ("settled", "after_snapshot"),
    }


def test_dates_before_the_snapshot_are_no_leak(planted):
    frame, churned = planted
    assert not {c for _n, c in codes(frame, churned, snapshot=dt.date(2020, 3, 1))} & {"after_snapshot"}


def test_a_level_that_is_pure_by_chance_is_no_leak_where_nearly_everybody_leaves():
    churned = np.arange(1_000) % 50 != 49
    assert leak_scan({"shop": np.where(np.arange(1_000) < 40, "a", "b").astype(object)}, churned) == []


def test_a_field_filled_after_the_fact_leaves_its_mark_on_the_model(telco):
    frame, churned = telco
    part = np.arange(0, len(frame), 9)
    random = np.random.default_rng(0)
    frame = frame.iloc[part].assign(final_bill=churned[part] * 3 + random.normal(size=len(part)))
    model = ChurnModel().fit(frame, churned[part])
    assert {"possible_leak", "suspicious_auc"} <= set(model.guards_)


def test_copies_made_before_the_split_do_not_lift_the_metrics(telco):
    frame, churned = telco
    part = np.arange(0, len(frame), 9)
    frame, churned = frame.iloc[part], churned[part]
    again = np.repeat(np.arange(len(part)), np.where(churned, 3, 1))
    honest = ChurnModel().fit(frame, churned).metrics_["auc"]
    copied = ChurnModel().fit(frame.iloc[again], churned[again]).metrics_["auc"]
    assert copied < honest + 0.02
    assert copied < 0.90
