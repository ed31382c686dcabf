"""Verbs on alerts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.alerts.choices import Situation, State
from zhike.crm.alerts.models import Alert, AlertSettings
from zhike.crm.customers.models import Customer
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

FIELDS = (
    "active",
    "managers",
    "key_tiers",
    "key_class_a",
    "silent_days",
    "return_share",
    "return_least",
    "return_amount",
)
MOST = 500


@transaction.atomic
def acknowledge(*, actor: Any, ids: Iterable[int]) -> int:
    """Somebody takes care of these; who was first stays noted."""
    require(actor, "customers.edit")
    editable = Customer.objects.editable_by(actor)
    mine = Alert.objects.visible_to(actor).open().filter(pk__in=list(ids)[:MOST], customer__in=editable)
    found = list(mine.values_list("pk", flat=True))
    done = Alert.objects.open().filter(pk__in=found)
    count = done.update(state=State.ACKNOWLEDGED, acknowledged_by=actor, acknowledged_at=timezone.now())
    for alert in Alert.objects.filter(pk__in=found):
        audit.record(actor, "alert.acknowledged", alert)
    return count


@transaction.atomic
def save_settings(*, actor: Any, **fields: Any) -> AlertSettings:
    """What is a key customer, what alerts, and who is told."""
    require(actor, "rules.edit")
    settings = AlertSettings.current()
    before = {name: getattr(settings, name) for name in FIELDS}
    for name in FIELDS:
        setattr(settings, name, fields.get(name, before[name]))
    if not set(settings.active) | set(settings.managers) <= set(Situation.values):
        raise DomainError(_("Choose one of the values offered."), field="active", code="unknown_choice")
    settings.save()
    after = {name: getattr(settings, name) for name in FIELDS}
    audit.record(actor, "alert.settings_saved", settings, before=before, after=after)
    return settings
