"""The predictions of the whole base, scored by the cluster and by the embedded engine."""

from __future__ import annotations

from typing import Any

import pytest

from zhike.crm.insight.services import run_now
from zhike.crm.prediction.models import CustomerPrediction, PairRule, Recommendation
from zhike.crm.prediction.services import score_now
from zhike.demo.loader import load

PASSING = {"written_at", "seq"}


def published() -> tuple[Any, ...]:
    rows = CustomerPrediction.objects.order_by("customer_id").values()
    return (
        [{name: value for name, value in row.items() if name not in PASSING} for row in rows],
        list(Recommendation.objects.order_by("customer_id", "kind", "rank").values_list(
            "customer_id", "kind", "rank", "product_id", "evidence"
        )),
        list(PairRule.objects.order_by("left_id", "right_id").values_list("left_id", "right_id", "n_both")),
    )  # fmt: skip


@pytest.mark.django_db
def test_the_cluster_predicts_what_the_embedded_engine_predicts(distributed, cluster, settings, tmp_path):
    settings.ZHIKE_HOME = tmp_path
    load(customers=150, seed=4)
    run_now()
    score_now()
    embedded = published()
    assert len(embedded[0]) > 80
    assert any(row["expected_need"] for row in embedded[0])
    for kind in (CustomerPrediction, Recommendation, PairRule):
        kind.objects.all().delete()
    settings.ANALYSIS_ENGINE = cluster.url
    assert score_now().result["published"] == len(embedded[0])
    assert published() == embedded
    assert not list((tmp_path / "tmp/predicting").iterdir())
