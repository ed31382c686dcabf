"""Segments: definitions, how many they describe, and who is a member, within the row scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from ninja import Router

from zhike.api.fields import Cursor, Limit, PathId
from zhike.api.idempotency import Answer, once
from zhike.api.paging import page
from zhike.api.problems import ANSWERS
from zhike.api.segment_schemas import (
    Day,
    MemberPage,
    Memberships,
    PreviewIn,
    PreviewOut,
    SegmentIn,
    SegmentOut,
    SegmentPage,
    SegmentPatch,
    StateFilter,
)
from zhike.crm.customers.models import Customer, CustomerQuerySet
from zhike.crm.segments import base, figures, queries, services
from zhike.crm.segments.models import Membership, Segment
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import require
from zhike.platform.requests import Request

router = Router(tags=["segments"])
#: Pages of larger segments walk the customers instead of beginning with the members.
FEW = 20_000


@router.get("/segments", response={200: SegmentPage, **ANSWERS})
def list_segments(
    request: Request, state: StateFilter = "all", cursor: Cursor = "", limit: Limit = 50
) -> Any:
    """Segments that you may see."""
    require(request.user, "insight.view")
    rows = queries.visible_segments(request.user).select_related("version")
    found = page(rows if state == "all" else rows.filter(state=state), cursor, limit)
    return {**found, "items": seen_in(request.user, found["items"])}


@router.post("/segments", response={201: SegmentOut, **ANSWERS})
def create_segment(request: Request, payload: SegmentIn) -> Any:
    """Write a definition down as a draft; with an ``Idempotency-Key`` a repeated request makes one.

    What is wrong with the conditions is told by JSON pointer, all of it at once.
    """

    def create() -> Answer:
        segment = services.create_segment(actor=request.user, **payload.dict())
        return 201, SegmentOut.from_orm(segment).model_dump(mode="json")

    return once(request, create)


@router.post("/segments/preview", response={200: PreviewOut, **ANSWERS})
def preview(request: Request, payload: PreviewIn) -> Any:
    """How many of your customers the conditions describe, and some of them; nothing is written."""
    require(request.user, "insight.view")
    found = queries.preview(request.user, payload.definition, exact=payload.exact)
    return {
        "count": found.count,
        "everybody": found.everybody,
        "sampled": found.sampled,
        "low": found.low if found.sampled else found.count,
        "high": found.high if found.sampled else found.count,
        "customer_ids": list(found.sample_ids),
        "as_of": base.as_of(),
        "said": queries.say(payload.definition, get_language() or "en"),
    }


@router.get("/segments/{segment_id}", response={200: SegmentOut, **ANSWERS})
def get_segment(request: Request, segment_id: PathId) -> Any:
    """One segment with its definition."""
    return seen_in(request.user, [segment_of(request, segment_id)])[0]


@router.patch("/segments/{segment_id}", response={200: SegmentOut, **ANSWERS})
def change_segment(request: Request, segment_id: PathId, payload: SegmentPatch) -> Any:
    """Change what is given."""
    segment = segment_of(request, segment_id)
    saved = services.save_segment(actor=request.user, segment=segment, **payload.dict(exclude_unset=True))
    return seen_in(request.user, [saved])[0]


@router.post("/segments/{segment_id}/publish", response={200: SegmentOut, **ANSWERS})
def publish_segment(request: Request, segment_id: PathId) -> Any:
    """Put the definition in force: from now on its members follow."""
    published = services.publish(actor=request.user, segment=segment_of(request, segment_id))
    return seen_in(request.user, [published])[0]


@router.post("/segments/{segment_id}/archive", response={200: SegmentOut, **ANSWERS})
def archive_segment(request: Request, segment_id: PathId) -> Any:
    """Its members follow no longer, its history stays; 409 while other segments ask for it."""
    segment = segment_of(request, segment_id)
    with told_as_used():
        archived = services.archive(actor=request.user, segment=segment)
    return seen_in(request.user, [archived])[0]


@router.delete("/segments/{segment_id}", response={204: None, **ANSWERS})
def delete_segment(request: Request, segment_id: PathId) -> Any:
    """Remove a segment with its history; 409 while other segments ask for it."""
    segment = segment_of(request, segment_id)
    with told_as_used():
        services.delete(actor=request.user, segment=segment)
    return HttpResponse(status=204)


@contextmanager
def told_as_used() -> Iterator[None]:
    """What is still used conflicts with its removal."""
    try:
        yield
    except DomainError as error:
        if error.code == "used":
            raise Conflict(error.message, code=error.code) from error
        raise


@router.get("/segments/{segment_id}/members", response={200: MemberPage, **ANSWERS})
def list_members(
    request: Request,
    segment_id: PathId,
    as_of: Day | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Any:
    """Your customers in the segment, by id: now, or with ``as_of`` at the close of a day."""
    require(request.user, "customers.view")
    segment = segment_of(request, segment_id)
    if as_of is not None:
        return page(queries.members(request.user, segment, as_of), cursor, limit)
    return page(members_of(request.user, segment), cursor, limit)


@router.get("/customers/{customer_id}/segments", response={200: Memberships, **ANSWERS})
def list_memberships(request: Request, customer_id: PathId, as_of: Day | None = None) -> Any:
    """The segments that a customer is in, or was in at the close of a day, of those that you may see."""
    require(request.user, "insight.view")
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    visible = queries.visible_segments(request.user)
    return {"items": queries.segments_of(customer, as_of).filter(segment__in=visible)}


def seen_in(user: Any, segments: list[Segment]) -> list[Segment]:
    """The segments with the number of members that the person sees."""
    sizes = figures.sizes(user, segments)
    for one in segments:
        one.members = sizes.get(one.pk, 0)
    return segments


def segment_of(request: Request, segment_id: int) -> Segment:
    rows = queries.visible_segments(request.user).select_related("version")
    return get_object_or_404(rows, pk=segment_id)


def members_of(user: Any, segment: Segment) -> CustomerQuerySet:
    """The members that a person sees; of a large segment so that a page need not find them all first."""
    inside = Membership.objects.filter(segment=segment, left_at__isnull=True)
    rows = Customer.objects.visible_to(user)
    if segment.members <= FEW:
        return rows.filter(pk__in=inside.values("customer_id"))
    return rows.filter(Exists(inside.filter(customer=OuterRef("pk"))))
