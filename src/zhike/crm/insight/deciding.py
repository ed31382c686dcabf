"""Verbs of overrides: decide a customer's tier until a day, take the decision back, end what is over."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.insight import days, labels, rescoring
from zhike.crm.insight.models import CustomerScore, TierOverride
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError, NotAllowed
from zhike.platform.permissions import require

MAX_REASON = 300


def override_tier(
    actor: Any, customer: Customer, *, tier: int, reason: str, expires_on: date
) -> TierOverride:
    """Give the customer this rank up to and with a day; an override that holds already is replaced."""
    _may_decide(actor, customer)
    reason = _checked(customer, tier, reason, expires_on)
    code = labels.tier_model().tiers[tier - 1].code
    try:
        with transaction.atomic():
            before = _open(customer)
            if before is not None:
                close(before, actor)
            today = days.analysis_day()
            override = TierOverride.objects.create(
                customer=customer,
                tier=tier,
                code=code,
                reason=reason,
                expires_on=expires_on,
                since=today,
                by=actor,
            )
            audit.record(actor, "tiers.overridden", customer, before=told(before), after=told(override))
    except IntegrityError as error:
        raise Conflict(_("Somebody else has just decided on this customer's tier.")) from error
    rescoring.rescore([customer.pk])
    return override


def end_override(actor: Any, override: TierOverride) -> None:
    """Take the decision back at once: the tier is again what the rules give."""
    _may_decide(actor, override.customer)
    with transaction.atomic():
        found = TierOverride.objects.select_for_update().get(pk=override.pk)
        if found.ended_at is not None:
            return
        close(found, actor)
        audit.record(actor, "tiers.override_ended", found.customer, before=told(found))
    rescoring.rescore([override.customer_id])


def expire(today: date | None = None) -> int:
    """End what is over; whose tier followed from it is evaluated again. Returns the number of overrides."""
    today = today or days.company_today()
    over = TierOverride.objects.filter(ended_at__isnull=True, expires_on__lt=today)
    ids = []
    for override in over.select_related("customer"):
        with transaction.atomic():
            close(override, None)
            audit.record(None, "tiers.override_expired", override.customer, before=told(override))
        ids.append(override.customer_id)
    rescoring.rescore(ids)
    return len(ids)


def _may_decide(actor: Any, customer: Customer) -> None:
    require(actor, "tiers.edit")
    if not Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
        raise NotAllowed


def _checked(customer: Customer, tier: int, reason: str, expires_on: date) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise DomainError(_("Say why, in a sentence."), field="reason", code="required")
    if not 1 <= tier <= len(labels.tier_model().tiers):
        raise DomainError(_("There is no such tier."), field="tier", code="unknown_choice")
    if expires_on < days.company_today():
        raise DomainError(_("The last day lies in the past."), field="expires_on", code="past")
    if not CustomerScore.objects.filter(customer=customer, earned_tier__gt=0).exists():
        raise DomainError(_("A customer without a purchase has no tier yet."), code="no_tier")
    return reason


def _open(customer: Customer) -> TierOverride | None:
    rows = TierOverride.objects.filter(customer=customer, ended_at__isnull=True)
    return rows.select_for_update().first()


def close(override: TierOverride, actor: Any) -> None:
    """End it now, without asking who may; nobody (None) ends what is over by itself."""
    override.ended_at, override.ended_by = timezone.now(), actor
    override.ended_on = days.analysis_day()
    override.save(update_fields=["ended_at", "ended_on", "ended_by"])


def told(override: TierOverride | None) -> dict[str, Any]:
    """An override as the audit trail keeps it."""
    if override is None:
        return {}
    return {
        "tier": override.code,
        "reason": override.reason,
        "expires_on": override.expires_on.isoformat(),
    }
