"""What the form of an interaction offers: outcomes per kind, days to choose from, steps that are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhike.analytics.calendars import next_working_day
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.choices import SUGGESTIONS
from zhike.crm.interactions.models import Interaction, OutcomeTemplate


@dataclass(frozen=True)
class Outcome:
    """One tap of the form. ``on`` is the day of the next step, "" for none."""

    kind: str
    outcome: str
    next_step: str
    on: date | None


@dataclass(frozen=True)
class Chip:
    label: str
    on: date


def outcomes(today: date) -> list[Outcome]:
    """The company's own templates; for a kind that has none, what is suggested."""
    own: dict[str, list[Outcome]] = {}
    for row in OutcomeTemplate.objects.all():
        chip = Outcome(row.kind, row.outcome, row.next_step, _in_days(today, row.next_step_days))
        own.setdefault(row.kind, []).append(chip)
    found: list[Outcome] = []
    for kind, suggestions in SUGGESTIONS.items():
        suggested = [
            Outcome(kind, str(one.outcome), str(one.next_step), _in_days(today, one.next_step_days))
            for one in suggestions
        ]
        found += own.get(kind, suggested)
    return found


def _in_days(today: date, days: int | None) -> date | None:
    return None if days is None else next_working_day(today + timedelta(days=days))


def quick_days(today: date) -> list[Chip]:
    """Days that are one tap away; one on which nobody works gives way to the next working day."""
    monday = today + timedelta(days=7 - today.weekday())
    return [
        Chip(_("Tomorrow"), next_working_day(today + timedelta(days=1))),
        Chip(_("In 3 days"), next_working_day(today + timedelta(days=3))),
        Chip(_("Next week"), next_working_day(monday)),
        Chip(_("Next month"), next_working_day(today + relativedelta(months=1))),
    ]


def open_steps(user: Any, customer: Customer) -> QuerySet[Interaction]:
    """Promised steps of a customer that are not done, the oldest first."""
    rows = Interaction.objects.visible_to(user).filter(customer=customer)
    return rows.filter(next_step_on__isnull=False, settled_at__isnull=True).order_by("next_step_on", "pk")
