"""What the customer page says of second records: those that may be, and those that became part of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from zhike.crm.customers import access
from zhike.crm.customers.models import Customer, Merge
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


def merges(request: Request, customer: Customer) -> dict[str, Any] | None:
    """Records that were merged into this customer, for those who may part them again."""
    user = request.user
    if not (allowed(user, "customers.edit") and access.owns(user, customer)):
        return None
    rows = Merge.objects.filter(survivor=customer, undone_at__isnull=True).select_related("merged", "actor")
    found = list(rows[:SHOWN])
    return {"merges": found} if found else None
