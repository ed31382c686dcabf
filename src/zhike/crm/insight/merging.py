"""Overrides of two records that become one: the newest decision that holds wins, the other one ends."""

from __future__ import annotations

from typing import Any

from zhike.crm.customers.models import Customer
from zhike.crm.customers.movers import Mover
from zhike.crm.insight import days, deciding
from zhike.crm.insight.models import TierOverride
from zhike.platform import audit

NAME = "tier overrides"


def move(survivor: Customer, merged: Customer) -> dict[str, Any]:
    ended = _end_the_weaker(survivor, merged)
    rows = TierOverride.objects.filter(customer=merged)
    numbers = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.update(customer=survivor)
    return {"moved": numbers, "ended": ended}


def restore(survivor: Customer, merged: Customer, noted: dict[str, Any]) -> None:
    """Each record has its own decisions again; the one that had to end holds again if it still can."""
    TierOverride.objects.filter(pk__in=noted["moved"], customer=survivor).update(customer=merged)
    ended = TierOverride.objects.filter(pk=noted["ended"], expires_on__gte=days.company_today()).first()
    if ended is not None and not _open(ended.customer_id).exists():
        ended.ended_at = ended.ended_on = ended.ended_by = None
        ended.save(update_fields=["ended_at", "ended_on", "ended_by"])


def _open(*customers: int) -> Any:
    return TierOverride.objects.filter(customer__in=customers, ended_at__isnull=True)


def _end_the_weaker(survivor: Customer, merged: Customer) -> int | None:
    """The number of the one that ends; None where at most one of the two has an override."""
    today = days.company_today()
    found = sorted(_open(survivor.pk, merged.pk), key=lambda one: (one.expires_on >= today, one.pk))
    if len(found) < 2:
        return None
    weaker, winner = found
    deciding.close(weaker, None)
    why = {"ended_by_merge_with": merged.name, "in_force": deciding.told(winner)}
    audit.record(None, "tiers.override_ended", survivor, before=deciding.told(weaker), after=why)
    return weaker.pk


MOVER = Mover(NAME, move, restore)
