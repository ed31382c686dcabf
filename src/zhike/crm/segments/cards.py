"""The segments of a customer on its page, with since when."""

from __future__ import annotations

from typing import Any

from zhike.crm.customers.models import Customer
from zhike.crm.segments import queries
from zhike.crm.segments.choices import SegmentState
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

#: More memberships than these are left to the list of segments; so many others are offered to ask about.
SHOWN, OFFERED = 12, 200


def card(request: Request, customer: Customer) -> dict[str, Any] | None:
    """Open memberships of segments that the person sees, and the others to ask why not."""
    if not allowed(request.user, "insight.view"):
        return None
    visible = queries.visible_segments(request.user)
    found = list(queries.segments_of(customer).filter(segment__in=visible)[: SHOWN + 1])
    inside = {one.segment_id for one in found}
    published = visible.filter(state=SegmentState.PUBLISHED).order_by("name")[:OFFERED]
    others = [one for one in published.only("pk", "name") if one.pk not in inside]
    if not found and not others:
        return None
    return {
        "customer": customer,
        "memberships": found[:SHOWN],
        "more": len(found) > SHOWN,
        "others": others,
    }
