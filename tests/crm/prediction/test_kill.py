"""``kill -9`` of the process that scores: taken up again, it ends as an undisturbed scoring ends."""

from __future__ import annotations

import pytest
from django.db import connection

from installations import Installation

PREPARE = """
from zhike.demo.loader import load
load(customers=120, seed=3)
from zhike.crm.insight.services import run_now
run_now()
from zhike.platform.models import Job
Job.objects.create(kind="prediction.score", key="score", params={"run": 1})
"""
JOB, STATE = (f"SELECT {name} FROM platform_job WHERE kind = 'prediction.score'" for name in ("id", "state"))
COLUMNS = {
    "prediction_customerprediction": "customer_id, clv, clv_low, churn_probability, value_at_risk, "
    "next_order_expected, versions, products_mark",
    "prediction_recommendation": "customer_id, kind, rank, product_id, evidence",
    "prediction_pairrule": "left_id, right_id, n_both",
    "prediction_modelversion": "kind, number, state",
}


def result(firm: Installation) -> dict[str, list[tuple]]:
    return {name: firm.query(f"SELECT {c} FROM {name} ORDER BY 1, 2, 3") for name, c in COLUMNS.items()}


def whole(firm: Installation) -> bool:
    """No customer has products without the prediction that they belong to."""
    loose = firm.value(
        "SELECT COUNT(*) FROM prediction_recommendation r LEFT JOIN prediction_customerprediction p "
        "ON p.customer_id = r.customer_id WHERE p.customer_id IS NULL OR p.products_mark = 0",
    )
    return loose == 0


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the installations of this test bring their own store"
)
def test_a_killed_scoring_is_taken_up_again_and_ends_the_same(tmp_path, installation):
    firm = installation(tmp_path / "home")
    firm.has(PREPARE)
    job = firm.value(JOB)
    clean = firm.copy(tmp_path / "clean")
    clean.work_on(job)
    # After the first training, and within the transaction of the first predictions.
    for place in ("training.train", "publishing.replace_products"):
        firm.kill_after(
            f"zhike.crm.prediction.{place}", 1, f"from zhike.platform import jobs; jobs.run({job})"
        )
        assert firm.value(STATE) == "running"
        assert whole(firm)
    firm.work_on(job)
    assert firm.value(STATE) == "done"
    assert result(firm) == result(clean)
