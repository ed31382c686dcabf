"""The full run, end to end on the operational store."""

from __future__ import annotations

import pytest

from zhike.crm.insight.models import CustomerScore, Run, StageHistory, TierHistory, Version

pytestmark = pytest.mark.django_db


def test_a_full_run_gives_every_customer_a_tier(company, full_run):
    job = full_run()
    scores = CustomerScore.objects.all()
    assert scores.count() == 30
    assert {s.tier for s in scores} >= {1, 2, 3}
    assert all(s.reasons for s in scores)
    assert job.result["customers"] == 30
    assert Version.objects.get().is_current
    assert Run.objects.get().finished_at is not None


def test_a_second_run_over_the_same_data_changes_nothing(company, full_run):
    full_run()
    before = list(TierHistory.objects.values_list().order_by("pk"))
    stages = list(StageHistory.objects.values_list().order_by("pk"))
    job = full_run()
    assert job.result["published"] == 0
    assert list(TierHistory.objects.values_list().order_by("pk")) == before
    assert list(StageHistory.objects.values_list().order_by("pk")) == stages
    assert Version.objects.count() == 1
