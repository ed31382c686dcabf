"""``kill -9`` of the process that evaluates: taken up again, nothing is entered twice and nothing is lost."""

from __future__ import annotations

import pytest
from django.db import connection

PREPARE = """
from zhike.demo.loader import load
load(customers=60, seed=3)
from zhike.crm.insight.services import run_now
run_now()
from zhike.crm.segments import building
from zhike.crm.segments.models import Segment, SegmentVersion
from zhike.platform.models import Job
building.build()
for number in range(8):
    leaf = {"t": "attr", "field": "frequency", "cmp": "gte", "value": number % 4}
    definition = {"v": 1, "entity": "customer", "root": leaf}
    segment = Segment.objects.create(name=f"S{number}", definition=definition, state="published")
    segment.version = SegmentVersion.objects.create(segment=segment, number=1, definition=definition, sha256="-")
    segment.save()
Job.objects.create(kind="segments.evaluate", key="segments", params={"segments": list(range(1, 9))})
"""
WORK = """
from zhike.crm.segments import evaluation
evaluation.CHUNK = evaluation.SMALLEST = evaluation.LARGEST = 6
from zhike.platform import jobs
"""
MEMBERS = "SELECT COUNT(*) FROM segments_membership"
JOB = "SELECT state, attempts FROM platform_job WHERE kind = 'segments.evaluate'"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="processes of their own use the default store")
def test_killed_again_and_again_every_member_enters_once(tmp_path, installation):
    firm = installation(tmp_path)
    firm.has(PREPARE)
    job = firm.value("SELECT id FROM platform_job WHERE kind = 'segments.evaluate'")
    work = f"{WORK}jobs.run({job})\n"
    seen = -1
    # Each time a little further, in small pieces.
    for times in (2, 4):
        firm.kill_after("zhike.crm.segments.memberships.settle", times, work)
        assert firm.value(MEMBERS) > seen
        seen = firm.value(MEMBERS)
    firm.has(work)
    state, attempts = firm.query(JOB)[0]
    assert state == "done"
    assert attempts == 3
    twice = "SELECT segment_id, customer_id FROM segments_membership GROUP BY 1, 2 HAVING COUNT(*) > 1"
    assert firm.query(twice) == []
    told = firm.query('SELECT segment_id, members, entered, "left" FROM segments_evaluation ORDER BY 1')
    assert [row[0] for row in told] == list(range(1, 9))
    stored = dict(
        firm.query("SELECT segment_id, COUNT(*) FROM segments_membership WHERE left_at IS NULL GROUP BY 1")
    )
    assert all(
        members == entered == stored[segment] and left == 0 for segment, members, entered, left in told
    )
    assert dict(firm.query("SELECT id, members FROM segments_segment")) == stored
