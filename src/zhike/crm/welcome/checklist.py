"""The first steps of a new installation, and which of them are done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.customers.models import Customer
from zhike.crm.insight.models import Run
from zhike.crm.orders.models import Order
from zhike.platform.models import Installation
from zhike.platform.permissions import allowed


@dataclass(frozen=True)
class Step:
    title: Promise
    text: Promise
    url: str
    icon: str
    done: bool


def is_for(user: Any) -> bool:
    """Shown to those who set things up, until it is done or put away."""
    return allowed(user, "users.manage") and Installation.current().checklist_closed_at is None


def steps() -> list[Step]:
    upload = reverse("imports:upload")
    return [
        Step(
            _("Bring your customers"),
            _("From a file of any system; the columns are recognized by meaning."),
            upload,
            "users",
            Customer.objects.filter(deleted_at__isnull=True).exists(),
        ),
        Step(
            _("Bring your orders"),
            _("They are what value, stage and tier are computed from."),
            upload,
            "shopping-cart",
            Order.objects.exists(),
        ),
        Step(
            _("Look at the first analysis"),
            _("It starts by itself after an import."),
            reverse("insight:tiers"),
            "diamond",
            Run.objects.filter(finished_at__isnull=False).exists(),
        ),
        Step(
            _("Invite your colleagues"),
            _("Each sees the customers that the role and the team allow."),
            reverse("welcome:people"),
            "user-plus",
            _has_colleagues(),
        ),
    ]


def _has_colleagues() -> bool:
    """Somebody besides the first who can sign in; people of a simulated company cannot."""
    return User.objects.filter(is_active=True).exclude(password__startswith="!").count() > 1
