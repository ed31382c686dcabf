"""What the customer page and the form of an interaction say about the rhythm."""

from __future__ import annotations

from typing import Any

from zhike.crm.customers.models import Customer
from zhike.crm.followups import queries
from zhike.crm.followups.queries import Rhythm
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request


def card(request: Request, customer: Customer) -> dict[str, Any] | None:
    """The card of the customer page; none for a customer whose tier sets no rhythm."""
    if not allowed(request.user, "insight.view") or customer.no_profiling:
        return None
    rhythm = Rhythm()
    tier, lately = _standing(rhythm, customer)
    policy = rhythm.policies.get(tier)
    if policy is None:
        return None
    state = rhythm.state(tier, customer.last_contact_at, lately)
    return {"state": state, "policy": policy, "tier_name": rhythm.names[tier], "lately": lately}


def warning(user: Any, customer: Customer) -> str:
    """Why one contact more would be too many; "" when it would not."""
    if not allowed(user, "insight.view") or customer.no_profiling:
        return ""
    rhythm = Rhythm()
    tier, lately = _standing(rhythm, customer)
    policy = rhythm.policies.get(tier)
    full = policy is not None and policy.at_most is not None and lately >= policy.at_most
    return rhythm.too_often(tier, lately) if full else ""


def _standing(rhythm: Rhythm, customer: Customer) -> tuple[int, int]:
    tiers = queries.tiers_of([customer])
    return tiers.get(customer.pk, 0), rhythm.lately(tiers).get(customer.pk, 0)
