"""What a tier is given: a card of the customer page, columns of the list, a word on the chip of the tier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.followups import queries as followups
from zhike.crm.followups.queries import Rhythm
from zhike.crm.strategy import queries
from zhike.crm.strategy.queries import Strategy
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request
from zhike.platform.tables import Column


def card(request: Request, customer: Customer) -> dict[str, Any] | None:
    """The strategy of the tier with what is left of the contacts; None where nothing is decided."""
    if not allowed(request.user, "insight.view") or customer.no_profiling:
        return None
    rhythm = Rhythm()
    tiers = followups.tiers_of([customer])
    tier = tiers.get(customer.pk, 0)
    strategy = queries.of_tier(tier) if tier else None
    if strategy is None:
        return None
    used = rhythm.lately(tiers).get(customer.pk, 0)
    policy = rhythm.policies.get(tier)
    at_most = policy.at_most if policy and policy.within_days else None
    return {
        "strategy": strategy,
        "tier_name": rhythm.names.get(tier, ""),
        "policy": policy,
        "used": used,
        "at_most": at_most,
        "left": None if at_most is None else max(at_most - used, 0),
        "used_share": None if at_most is None else min(100, round(100 * used / at_most)),
    }


def columns(strategies: Mapping[int, Strategy]) -> tuple[Column, ...]:
    """Columns to choose; nothing where nobody decided on a tier."""
    return (
        Column("service_level", _("Service level"), value=_said(strategies, "service_level"), default=False),
        Column(
            "discount_limit", _("Discount without asking"), value=_said(strategies, "discount"), default=False
        ),
    )


def _said(strategies: Mapping[int, Strategy], name: str) -> Callable[[Customer], str]:
    def words(customer: Customer) -> str:
        found = of(strategies, customer)
        return getattr(found, name) if found else ""

    return words


def of(strategies: Mapping[int, Strategy], customer: Customer) -> Strategy | None:
    score = getattr(customer, "score", None)
    return strategies.get(score.tier) if score is not None else None
