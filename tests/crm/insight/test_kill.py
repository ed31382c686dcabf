"""``kill -9`` of the process that runs the analysis: taken up again, it ends as an undisturbed run ends."""

from __future__ import annotations

import pytest
from django.db import connection

from installations import Installation

PREPARE = """
from zhike.demo.loader import load
load(customers=300, seed=3)
from zhike.platform.models import Job
Job.objects.create(kind="insight.run")
"""
SMALL_CHUNKS = """
from zhike.crm.insight import runs
from zhike.platform import jobs
runs.CHUNK = runs.SMALLEST = runs.LARGEST = 20
jobs.run(1)
"""
CUSTOMERS = "SELECT COUNT(*) FROM customers_customer"
STATE = "SELECT state FROM platform_job"
COLUMNS = {
    "insight_customerscore": "customer_id, tier, tier_score, raw_tier, lifecycle, rfm_segment, abc_class, "
    "frequency, net_revenue, pending_since, reasons",
    "insight_tierhistory": "customer_id, tier, valid_from, valid_to, tier_score",
    "insight_stagehistory": "customer_id, lifecycle, valid_from, valid_to",
}


def result(firm: Installation) -> dict[str, list[tuple]]:
    return {name: firm.query(f"SELECT {c} FROM {name} ORDER BY 1, 3, 2") for name, c in COLUMNS.items()}


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the installations of this test bring their own store"
)
def test_a_killed_run_is_taken_up_again_and_ends_the_same(tmp_path, installation):
    firm = installation(tmp_path / "home")
    firm.has(PREPARE)
    clean = firm.copy(tmp_path / "clean")
    clean.work_on(1)
    # With the version fixed, and in the middle of publishing, within the transaction of a chunk.
    for place, times in (("runs._fix_version", 1), ("publishing._upsert", 3)):
        firm.kill_after(f"zhike.crm.insight.{place}", times, SMALL_CHUNKS)
        assert firm.value(STATE) == "running"
    assert 0 < firm.value("SELECT COUNT(*) FROM insight_customerscore") < firm.value(CUSTOMERS)
    firm.work_on(1)
    assert firm.value(STATE) == "done"
    assert result(firm) == result(clean)
