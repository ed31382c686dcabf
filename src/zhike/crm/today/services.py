"""Verbs of the page: put a line aside, take it back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.access import require_editable
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.interactions.services import LATEST
from zhike.crm.interactions.services import postpone as postpone_step
from zhike.crm.today.choices import NOT_NOW_DAYS, REASONS, Why
from zhike.crm.today.models import PutAside
from zhike.platform import audit, company_day
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require


@transaction.atomic
def postpone(*, actor: Any, customer: Customer, until: date) -> PutAside:
    """Hide the line until a day, and promise its due steps for that day."""
    today = company_day.today()
    _check_day(until, today)
    put = _put_aside(actor, customer, until, Why.POSTPONED, "", None)
    due = Interaction.objects.filter(
        customer=customer, settled_at__isnull=True, next_step_on__isnull=False, next_step_on__lt=until
    )
    for step in due.select_related("customer"):
        postpone_step(actor=actor, interaction=step, on=until)
    return put


@transaction.atomic
def not_now(
    *, actor: Any, customer: Customer, why: str, note: str = "", situation: Collection[str] = ()
) -> PutAside:
    """Hide the line for some days, or until a reason comes up that is not in ``situation``."""
    if why not in {str(choice) for choice in REASONS}:
        raise DomainError(_("Choose a reason."), field="why", code="unknown_choice")
    until = company_day.today() + timedelta(days=NOT_NOW_DAYS)
    return _put_aside(actor, customer, until, why, note.strip()[:200], sorted(set(situation))[:50])


def _put_aside(
    actor: Any, customer: Customer, until: date, why: str, note: str, situation: list[str] | None
) -> PutAside:
    _may_edit(actor, customer)
    PutAside.objects.filter(customer=customer, ended_at__isnull=True).update(ended_at=timezone.now())
    put = PutAside.objects.create(
        customer=customer, until=until, why=why, note=note, situation=situation, by=actor
    )
    after = {"customer_id": customer.pk, "until": str(until), "why": why}
    audit.record(actor, "today.put_aside", put, after=after)
    return put


@transaction.atomic
def take_back(*, actor: Any, put: PutAside) -> None:
    """Show the line again; doing it twice changes nothing."""
    _may_edit(actor, put.customer)
    if PutAside.objects.filter(pk=put.pk, ended_at__isnull=True).update(ended_at=timezone.now()):
        audit.record(actor, "today.taken_back", put)


def _may_edit(actor: Any, customer: Customer) -> None:
    require(actor, "customers.edit")
    require_editable(actor, customer)


def _check_day(until: date, today: date) -> None:
    if not today < until <= today + LATEST:
        raise DomainError(_("Choose a day after today, within two years."), field="until", code="day")
