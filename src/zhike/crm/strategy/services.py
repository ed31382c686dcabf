"""The verb on strategies: decide what a tier is given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight import labels
from zhike.crm.strategy import queries
from zhike.crm.strategy.models import Benefit, TierStrategy
from zhike.crm.strategy.queries import Given, Strategy
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

LONGEST_HOURS = 8760
MOST_BENEFITS = 20
HIGHEST_COST = Decimal(10) ** 9


@transaction.atomic
def save_strategy(*, actor: Any, wanted: Strategy) -> None:
    """Replace the strategy of the tier that has this rank, its benefits included."""
    require(actor, "tiers.edit")
    _check(wanted)
    code = labels.tier_codes()[wanted.tier]
    before = queries.of_tier(wanted.tier) or Strategy(wanted.tier)
    if wanted == before:
        return
    row, _new = TierStrategy.objects.update_or_create(code=code, defaults=_values(wanted))
    Benefit.objects.filter(code=code).delete()
    Benefit.objects.bulk_create(
        Benefit(
            code=code,
            name=one.name,
            description=one.description,
            yearly_cost=one.yearly_cost,
            position=place,
        )
        for place, one in enumerate(wanted.benefits)
    )
    audit.record(actor, "strategy.saved", row, before=_plain(before), after=_plain(wanted))


def _values(strategy: Strategy) -> dict[str, Any]:
    return {
        "service_level": strategy.service_level,
        "response_hours": strategy.response_hours,
        "discount_limit": strategy.discount_limit,
        "note": strategy.note,
    }


def _plain(strategy: Strategy) -> dict[str, Any]:
    limit = strategy.discount_limit
    benefits = [_benefit(one) for one in strategy.benefits]
    return {
        **_values(strategy),
        "discount_limit": None if limit is None else str(limit),
        "benefits": benefits,
    }


def _benefit(one: Given) -> dict[str, Any]:
    cost = None if one.yearly_cost is None else str(one.yearly_cost)
    return {"name": one.name, "description": one.description, "yearly_cost": cost}


def _check(wanted: Strategy) -> None:
    if wanted.tier not in labels.tier_codes():
        raise DomainError(_("There is no such tier."), code="unknown_tier")
    if wanted.response_hours is not None and not 1 <= wanted.response_hours <= LONGEST_HOURS:
        raise DomainError(_("Enter between 1 and 8,760 hours."), field="response_hours")
    if wanted.discount_limit is not None and not 0 <= wanted.discount_limit <= 100:
        raise DomainError(_("Enter between 0 and 100 percent."), field="discount_limit")
    if len(wanted.benefits) > MOST_BENEFITS:
        raise DomainError(_("At most 20 benefits per tier."), code="too_many")
    names = [one.name for one in wanted.benefits]
    if len(set(names)) < len(names):
        raise DomainError(_("Two benefits have the same name."), code="twice")
    for one in wanted.benefits:
        _check_benefit(one)


def _check_benefit(one: Given) -> None:
    if not one.name:
        raise DomainError(_("Give every benefit a name."), code="unnamed")
    if one.yearly_cost is not None and not 0 <= one.yearly_cost < HIGHEST_COST:
        raise DomainError(_("A cost is not below zero and not above one billion."), code="cost")
