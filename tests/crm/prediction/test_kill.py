"""``kill -9`` of the process that scores: taken up again, it ends as an undisturbed scoring ends."""

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
load(customers=120, seed=3)
from zhike.crm.insight.services import run_now
run_now()
from zhike.platform.models import Job
Job.objects.create(kind="prediction.score", key="score", params={"run": 1})
"""
STALE = "UPDATE platform_job SET heartbeat_at = '2020-01-01 00:00:00' WHERE state = 'running'"
COLUMNS = {
    "prediction_customerprediction": "customer_id, clv, clv_low, churn_probability, value_at_risk, "
    "next_order_expected, versions, products_mark",
    "prediction_recommendation": "customer_id, kind, rank, product_id, evidence",
    "prediction_pairrule": "left_id, right_id, n_both",
    "prediction_modelversion": "kind, number, state",
}


def process(home: Path, *command: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"ZHIKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhike.conf.settings"}
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen([sys.executable, *command], env=environment)


def query(home: Path, text: str) -> list[tuple]:
    with sqlite3.connect(home / "zhike.sqlite3", timeout=20) as store:
        return store.execute(text).fetchall()


def result(home: Path) -> dict[str, list[tuple]]:
    return {name: query(home, f"SELECT {c} FROM {name} ORDER BY 1, 2, 3") for name, c in COLUMNS.items()}


def state(home: Path) -> str:
    return query(home, "SELECT state FROM platform_job WHERE kind = 'prediction.score'")[0][0]


def whole(home: Path) -> bool:
    """No customer has products without the prediction that they belong to."""
    loose = query(
        home,
        "SELECT COUNT(*) FROM prediction_recommendation r LEFT JOIN prediction_customerprediction p "
        "ON p.customer_id = r.customer_id WHERE p.customer_id IS NULL OR p.products_mark = 0",
    )
    return loose == [(0,)]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the installations of this test bring their own store"
)
def test_a_killed_scoring_is_taken_up_again_and_ends_the_same(tmp_path):
    home, clean = tmp_path / "home", tmp_path / "clean"
    home.mkdir()
    prepare = process(home, "-c", f"import django; django.setup()\n{PREPARE}")
    assert prepare.wait(timeout=240) == 0
    number = query(home, "SELECT id FROM platform_job WHERE kind = 'prediction.score'")[0][0]
    shutil.copytree(home, clean)
    assert process(clean, "-m", "zhike", "job", str(number)).wait(timeout=240) == 0
    kills = 0
    # After the first training, and as soon as the first predictions are there.
    for seen in (
        "SELECT COUNT(*) FROM prediction_modelversion",
        f"SELECT COUNT(*) FROM {next(iter(COLUMNS))}",
    ):
        running = process(home, "-m", "zhike", "job", str(number))
        until = time.monotonic() + 120
        while running.poll() is None and time.monotonic() < until:
            if state(home) == "running" and query(home, seen)[0][0]:
                running.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        kills += running.wait() == -signal.SIGKILL
        assert whole(home)
        query(home, STALE)
    assert kills >= 1
    if state(home) != "done":
        assert process(home, "-m", "zhike", "job", str(number)).wait(timeout=240) == 0
    assert state(home) == "done"
    assert result(home) == result(clean)
