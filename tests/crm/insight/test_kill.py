"""``kill -9`` of the process that runs the analysis: taken up again, it ends as an undisturbed run ends."""

from __future__ import annotations

import os
import shutil
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
load(customers=300, seed=3)
from zhike.platform.models import Job
Job.objects.create(kind="insight.run")
"""
STALE = "UPDATE platform_job SET heartbeat_at = '2020-01-01 00:00:00' WHERE state = 'running'"
COLUMNS = {
    "insight_customerscore": "customer_id, tier, tier_score, raw_tier, lifecycle, rfm_segment, abc_class, "
    "frequency, net_revenue, pending_since, reasons",
    "insight_tierhistory": "customer_id, tier, valid_from, valid_to, tier_score",
    "insight_stagehistory": "customer_id, lifecycle, valid_from, valid_to",
}


def process(home: Path, *command: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"ZHIKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhike.conf.settings"}
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen([sys.executable, *command], env=environment)


def query(home: Path, text: str) -> list[tuple]:
    with sqlite3.connect(home / "zhike.sqlite3", timeout=20) as store:
        return store.execute(text).fetchall()


def result(home: Path) -> dict[str, list[tuple]]:
    return {name: query(home, f"SELECT {c} FROM {name} ORDER BY 1, 3, 2") for name, c in COLUMNS.items()}


def state(home: Path) -> str:
    return query(home, "SELECT state FROM platform_job")[0][0]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the installations of this test bring their own store"
)
def test_a_killed_run_is_taken_up_again_and_ends_the_same(tmp_path):
    home, clean = tmp_path / "home", tmp_path / "clean"
    home.mkdir()
    prepare = process(home, "-c", f"import django; django.setup()\n{PREPARE}")
    assert prepare.wait(timeout=240) == 0
    shutil.copytree(home, clean)
    assert process(clean, "-m", "zhike", "job", "1").wait(timeout=240) == 0
    kills = 0
    # From the start of the process to the middle of publishing.
    for rows in (0, 1, 120, 230):
        running = process(home, "-m", "zhike", "job", "1")
        until = time.monotonic() + 120
        while running.poll() is None and time.monotonic() < until:
            written = query(home, "SELECT COUNT(*) FROM insight_customerscore")[0][0]
            if state(home) == "running" and written >= rows:
                running.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
        kills += running.wait() == -signal.SIGKILL
        query(home, STALE)
    assert kills >= 2
    if state(home) != "done":
        assert process(home, "-m", "zhike", "job", "1").wait(timeout=240) == 0
    assert state(home) == "done"
    assert result(home) == result(clean)
