"""Tiers set by hand as a filter of the customer list: who has one now, and whose ends soon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.conditions import NOBODY
from zhike.crm.customers.models import Customer
from zhike.crm.insight import days, overrides
from zhike.crm.portfolio.filters import Filter, register

NAME, NOW, SOON = "tier_by_hand", "now", "soon"
SOON_DAYS = 30
CHOICES = ((NOW, _("holds now")), (SOON, _("ends within 30 days")))


def register_filters() -> None:
    register(Filter(NAME, _("Tier by hand"), condition, _choices, insight=True, group="standing"))


def _choices() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in CHOICES]


def condition(values: list[str]) -> Q:
    wanted = {*values} & {NOW, SOON}
    if not wanted:
        return NOBODY
    day = days.analysis_day()
    held = overrides.active(day)
    if NOW not in wanted:
        held = held.filter(expires_on__lte=day + timedelta(days=SOON_DAYS))
    return Q(pk__in=held.order_by().values("customer_id"))


def counts(user: Any) -> dict[str, tuple[int, str]]:
    """How many customers that the person sees, with the address of the list, for each choice."""
    seen = Customer.objects.visible_to(user)
    here = reverse("customers:list")
    return {
        value: (seen.filter(condition([value])).count(), f"{here}?{NAME}={value}") for value in (NOW, SOON)
    }
