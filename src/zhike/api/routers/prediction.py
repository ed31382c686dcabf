"""What the models say about a customer."""

from __future__ import annotations

from typing import Any

from django.forms.models import model_to_dict
from django.shortcuts import get_object_or_404
from ninja import Router

from zhike.analytics.churn.features import FEATURES
from zhike.api.fields import PathId
from zhike.api.prediction_schemas import PredictionOut
from zhike.api.problems import ANSWERS
from zhike.crm.insight.labels import say
from zhike.crm.prediction.choices import RecommendationKind
from zhike.crm.prediction.models import CustomerPrediction, Recommendation
from zhike.crm.prediction.phrases import day_of
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

router = Router(tags=["prediction"])


@router.get("/customers/{customer_id}/prediction", response={200: PredictionOut, **ANSWERS})
def get_prediction(request: Request, customer_id: PathId) -> Any:
    """Value, churn, rhythm and products of one customer; 404 while there is no prediction."""
    found = get_object_or_404(CustomerPrediction.objects.visible_to(request.user), pk=customer_id)
    offers: dict[str, list[dict[str, Any]]] = {kind: [] for kind in RecommendationKind.values}
    rows = Recommendation.objects.visible_to(request.user).filter(customer_id=customer_id)
    for row in rows.select_related("product"):
        offers[row.kind].append(_offer(row))
    versions = dict(found.versions)
    return {
        **model_to_dict(found, exclude=("versions", "churn_reasons", "expected_need")),
        "customer_id": customer_id,
        "basis": versions.pop("basis", ""),
        "versions": versions,
        "churn_reasons": [_reason(one) for one in found.churn_reasons],
        "expected_need": _needs(request, found),
        **offers,
    }


def _needs(request: Request, found: CustomerPrediction) -> list[dict[str, Any]]:
    """What was ordered shows through what is expected: only for those who may see orders."""
    if not allowed(request.user, "orders.view"):
        return []
    return [
        {
            "product_id": one["product"],
            "on": day_of(one["on"]),
            "quantity": one["quantity"],
            "evidence": one["why"],
        }
        for one in found.expected_need
    ]


def _reason(one: dict[str, Any]) -> dict[str, Any]:
    feature = FEATURES.get(one["f"])
    label = say(feature.meaning) if feature else one["f"]
    return {"feature": one["f"], "label": label, "value": one.get("v"), "effect": one.get("e")}


def _offer(row: Recommendation) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "product_id": row.product_id,
        "sku": row.product.sku,
        "name": row.product.name,
        "score": row.score,
        "evidence": row.evidence,
    }
