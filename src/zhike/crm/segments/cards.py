"""The segments of a customer on its page, with since when."""

from __future__ import annotations

from typing import Any

from zhike.crm.customers.models import Customer
from zhike.crm.segments import queries
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

#: More than these are told by their number.
SHOWN = 12


def card(request: Request, customer: Customer) -> dict[str, Any] | None:
    """Open memberships of segments that the person sees; nothing where there are none."""
    if not allowed(request.user, "insight.view"):
        return None
    visible = queries.visible_segments(request.user)
    found = list(queries.segments_of(customer).filter(segment__in=visible)[: SHOWN + 1])
    return {"memberships": found[:SHOWN], "more": len(found) > SHOWN} if found else None
