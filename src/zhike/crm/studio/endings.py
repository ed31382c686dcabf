"""People are told a week before a tier that was decided by hand goes back to the rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.insight import labels
from zhike.crm.insight.models import TierOverride
from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.kinds import NotificationKind, register
from zhike.crm.notifications.services import Notice, notify_many
from zhike.crm.studio.reviews import page
from zhike.platform.templatetags import zhike_format as say

ENDING = "tiers.override_ending"
DAYS_BEFORE = 7


def register_kinds() -> None:
    register(
        NotificationKind(
            ENDING,
            _("A tier set by hand ends soon"),
            _("%(customer)s: the tier set by hand, %(tier)s, ends on %(day)s"),
            "user-star",
            Email.DIGEST,
            _describe,
        )
    )


def _describe(params: dict[str, Any]) -> dict[str, Any]:
    model = labels.tier_model()
    name = labels.tier_names(model).get(model.number(params["code"]) or -1, params["code"])
    return {"tier": name, "day": say.day(date.fromisoformat(params["expires_on"]))}


def tell(today: date) -> int:
    """Tell whoever decided and whoever owns the customer, once per decision and last day."""
    last = today + timedelta(days=DAYS_BEFORE)
    ending = TierOverride.objects.filter(ended_at__isnull=True, expires_on__range=(today, last))
    living = ending.filter(customer__deleted_at__isnull=True).select_related("customer__owner", "by")
    return notify_many(ENDING, [notice for one in living for notice in _notices(one)])


def _notices(override: TierOverride) -> Iterator[Notice]:
    customer, day = override.customer, override.expires_on.isoformat()
    params = {"customer": customer.name, "code": override.code, "expires_on": day}
    people = {one.pk: one for one in (override.by, customer.owner) if one is not None and one.is_active}
    for person in people.values():
        if Customer.objects.visible_to(person).filter(pk=customer.pk).exists():
            yield Notice(person.pk, f"{override.pk}:{day}", params, page("customers:detail", customer.pk))
