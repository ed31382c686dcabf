"""The customer page says when there may be a second record of the same customer."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from zhike.crm.customers.models import Customer
from zhike.crm.decisions import comparing
from zhike.crm.decisions.models import DuplicatePair
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

SHOWN = 3


def possible_duplicates(request: Request, customer: Customer) -> dict[str, Any] | None:
    """Open pairs of which the person sees both records."""
    if not allowed(request.user, "customers.edit"):
        return None
    mine = Q(left=customer) | Q(right=customer)
    pairs = DuplicatePair.objects.visible_to(request.user).waiting().filter(mine)
    found = [
        {
            "pair": pair,
            "other": pair.right if pair.left_id == customer.pk else pair.left,
            "evidence": comparing.evidence_words(pair),
        }
        for pair in pairs.select_related("left", "right")[:SHOWN]
    ]
    return {"found": found} if found else None
