"""What the analysis knows: scores, reasons, tiers and their history."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Router

from zhike.api.fields import Cursor, Limit, PathId
from zhike.api.paging import page
from zhike.api.problems import ANSWERS
from zhike.api.schemas import ExplanationOut, ScoreOut, ScorePage, TiersOut, TierSpanOut
from zhike.crm.customers.models import Customer
from zhike.crm.insight import labels, queries
from zhike.crm.insight.models import CustomerScore
from zhike.platform.permissions import require
from zhike.platform.requests import Request

router = Router(tags=["insight"])


@router.get("/scores", response={200: ScorePage, **ANSWERS})
def list_scores(request: Request, cursor: Cursor = "", limit: Limit = 50) -> Any:
    """Scores of the customers within your row scope, by customer."""
    rows = CustomerScore.objects.visible_to(request.user).select_related("version")
    return page(rows, cursor, limit)


@router.get("/customers/{customer_id}/score", response={200: ScoreOut, **ANSWERS})
def get_score(request: Request, customer_id: PathId) -> Any:
    """The score of one customer; 404 while there is none."""
    rows = CustomerScore.objects.visible_to(request.user).select_related("version")
    return get_object_or_404(rows, pk=customer_id)


@router.get("/customers/{customer_id}/tier", response={200: ExplanationOut, **ANSWERS})
def explain_tier(request: Request, customer_id: PathId) -> Any:
    """Why the customer has its tier, in the language of ``Accept-Language``; 404 without a tier."""
    found = queries.explanation(_customer(request, customer_id))
    if found is None:
        raise Http404
    return {
        "as_of": found.as_of,
        "version": found.version.number,
        "tier": found.tier,
        "tier_name": found.tier_name,
        "score": found.score,
        "next_tier_name": found.next_tier_name,
        "next_score": found.next_score,
        "reasons": list(found.parts),
    }


@router.get("/customers/{customer_id}/tiers", response={200: list[TierSpanOut], **ANSWERS})
def tier_history(request: Request, customer_id: PathId) -> Any:
    """Which tier from which day to which day, newest first."""
    return queries.tier_history(_customer(request, customer_id))


@router.get("/tiers", response={200: TiersOut, **ANSWERS})
def tiers(request: Request) -> Any:
    """The tiers from high to low with their customers and net revenue."""
    require(request.user, "insight.view")
    as_of = queries.data_as_of()
    if as_of is None:
        return {"as_of": None, "tiers": []}
    buckets = queries.tier_distribution(request.user, as_of)
    names = labels.tier_names()
    nobody = queries.Bucket(0, Decimal(0))
    found = [
        {
            "tier": rank,
            "code": code,
            "name": names[rank],
            "customers": buckets.get(rank, nobody).customers,
            "net_revenue": buckets.get(rank, nobody).revenue,
        }
        for rank, code in sorted(labels.tier_codes().items(), reverse=True)
    ]
    return {"as_of": as_of, "tiers": found}


def _customer(request: Request, customer_id: int) -> Customer:
    require(request.user, "insight.view")
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
