"""``kill -9`` of the process that evaluates: taken up again, nothing is entered twice and nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
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
#: Small pieces, slowly: the kills come in the middle of the writing.
WORK = """
import time
from zhike.crm.segments import evaluation, memberships
evaluation.CHUNK = evaluation.SMALLEST = evaluation.LARGEST = 6
write = memberships.write
def slowly(*given):
    time.sleep(0.02)
    return write(*given)
memberships.write = slowly
from zhike.platform import jobs
"""
STALE = "UPDATE platform_job SET heartbeat_at = '2020-01-01 00:00:00' WHERE state = 'running'"
JOB = "SELECT state, attempts FROM platform_job WHERE kind = 'segments.evaluate'"


def process(home: Path, text: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"ZHIKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhike.conf.settings"}
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen([sys.executable, "-c", f"import django; django.setup()\n{text}"], env=environment)


def query(home: Path, text: str) -> list[tuple]:
    with sqlite3.connect(home / "zhike.sqlite3", timeout=20) as store:
        return store.execute(text).fetchall()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="processes of their own use the default store")
def test_killed_again_and_again_every_member_enters_once(tmp_path):
    assert process(tmp_path, PREPARE).wait(timeout=240) == 0
    (number,) = query(tmp_path, "SELECT id FROM platform_job WHERE kind = 'segments.evaluate'")[0]
    work = f"{WORK}jobs.run({number})\n"
    seen = -1
    for _attempt in range(3):
        worker = process(tmp_path, work)
        until = time.monotonic() + 60
        while worker.poll() is None and time.monotonic() < until:
            if query(tmp_path, "SELECT COUNT(*) FROM segments_membership")[0][0] > seen + 40:
                break
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        seen = query(tmp_path, "SELECT COUNT(*) FROM segments_membership")[0][0]
        query(tmp_path, STALE)
    assert process(tmp_path, work).wait(timeout=240) == 0
    state, attempts = query(tmp_path, JOB)[0]
    assert state == "done"
    assert attempts >= 2, "the kills came too late to say anything"
    twice = "SELECT segment_id, customer_id FROM segments_membership GROUP BY 1, 2 HAVING COUNT(*) > 1"
    assert query(tmp_path, twice) == []
    told = query(tmp_path, 'SELECT segment_id, members, entered, "left" FROM segments_evaluation ORDER BY 1')
    assert [row[0] for row in told] == list(range(1, 9))
    stored = dict(
        query(
            tmp_path, "SELECT segment_id, COUNT(*) FROM segments_membership WHERE left_at IS NULL GROUP BY 1"
        )
    )
    assert all(
        members == entered == stored[segment] and left == 0 for segment, members, entered, left in told
    )
    assert dict(query(tmp_path, "SELECT id, members FROM segments_segment")) == stored
