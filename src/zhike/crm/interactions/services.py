"""Verbs on interactions: note what happened, settle what is open."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Contact, Customer
from zhike.crm.interactions.models import Interaction, InteractionKind
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

MAX_SUMMARY = 5000


@transaction.atomic
def log_interaction(
    *,
    actor: Any,
    customer: Customer,
    kind: str,
    summary: str,
    at: datetime | None = None,
    contact: Contact | None = None,
    outcome: str = "",
    next_step: str = "",
    next_step_on: date | None = None,
) -> Interaction:
    """Note a contact with the customer; the customer's last contact moves forward, never back."""
    _may_edit(actor, customer)
    at = at or timezone.now()
    _check(kind, summary, at)
    if contact is not None and contact.customer_id != customer.pk:
        raise DomainError(
            _("This contact belongs to another customer."), field="contact", code="other_customer"
        )
    interaction = Interaction.objects.create(
        customer=customer,
        contact=contact,
        kind=kind,
        at=at,
        summary=summary.strip(),
        outcome=outcome.strip()[:200],
        next_step=next_step.strip()[:300],
        next_step_on=next_step_on,
        author=actor,
    )
    earlier = Q(last_contact_at__isnull=True) | Q(last_contact_at__lt=at)
    Customer.objects.filter(earlier, pk=customer.pk).update(last_contact_at=at)
    audit.record(actor, "interaction.logged", interaction, after={"kind": kind, "customer_id": customer.pk})
    return interaction


@transaction.atomic
def settle(*, actor: Any, interaction: Interaction) -> None:
    """A complaint is settled or a next step done; doing it twice changes nothing."""
    _may_edit(actor, interaction.customer)
    open_one = Interaction.objects.filter(pk=interaction.pk, settled_at__isnull=True)
    if open_one.update(settled_at=timezone.now()):
        audit.record(actor, "interaction.settled", interaction)


def _may_edit(actor: Any, customer: Customer) -> None:
    if actor is None:
        return
    require(actor, "customers.edit")
    if not Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
        raise DomainError(_("This customer does not exist."), code="not_found")


def _check(kind: str, summary: str, at: datetime) -> None:
    if kind not in InteractionKind.values:
        raise DomainError(_("Choose one of the values offered."), field="kind", code="unknown_choice")
    if not summary.strip() or len(summary) > MAX_SUMMARY:
        raise DomainError(_("Write what was said, in at most 5,000 characters."), field="summary")
    if at > timezone.now() + timedelta(days=1):
        raise DomainError(_("The contact lies in the future."), field="at", code="future")
