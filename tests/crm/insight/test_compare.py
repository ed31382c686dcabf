"""The safety net beneath the change log: every night the lake is held against the store."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from factories import SHANGHAI
from zhike.crm.insight import jobs
from zhike.platform import daily
from zhike.platform.models import Job

pytestmark = pytest.mark.django_db


def test_the_comparison_is_due_every_night_and_queued_once(
    company, full_run, django_capture_on_commit_callbacks
):
    full_run()
    night = datetime.combine(timezone.localdate(), datetime.min.time(), SHANGHAI)
    entry = daily.WORKS["insight.compare"]
    assert entry not in daily.due(night.replace(hour=2))
    assert entry in daily.due(night.replace(hour=3))
    with django_capture_on_commit_callbacks(execute=True):
        assert daily.run_one(entry, night.replace(hour=3))
    assert not daily.run_one(entry, night.replace(hour=4))
    record = Job.objects.get(kind=jobs.COMPARE)
    assert record.state == Job.State.DONE, record.error
    assert record.result["parts"] >= 1
