"""What the customer page offers of the studio: a tier decided by hand, and the tiers in other models."""

from __future__ import annotations

from typing import Any

from zhike.crm.customers.models import Customer
from zhike.crm.insight import labels, overrides
from zhike.crm.insight.models import CustomerScore
from zhike.crm.studio import queries
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request


def override(request: Request, customer: Customer) -> dict[str, Any] | None:
    """Nothing for a customer without a tier, nor where nobody decided and the person may not."""
    if not allowed(request.user, "insight.view") or customer.no_profiling:
        return None
    score: CustomerScore | None = getattr(customer, "score", None)
    if score is None or not score.earned_tier:
        return None
    found, may_edit = overrides.of(customer), allowed(request.user, "tiers.edit")
    if found is None and not may_edit:
        return None
    names = labels.tier_names()
    return {
        "override": found,
        # The tier that was meant has another rank when the model has changed since.
        "rank": score.tier,
        "may_edit": may_edit,
        "override_name": names.get(score.tier, ""),
        "earned_name": names.get(score.earned_tier, ""),
    }


def beside(request: Request, customer: Customer) -> dict[str, Any] | None:
    """The customer's tiers in the models beside the primary one."""
    if not allowed(request.user, "insight.view") or customer.no_profiling:
        return None
    found = queries.assignments_of(customer)
    return {"assigned": [(queries.name_of(one.model), one) for one in found]} if found else None
