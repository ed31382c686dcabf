"""Verbs on interactions: note what happened, settle or put off what is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import access
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.interactions.choices import SUGGESTIONS
from zhike.crm.interactions.models import Interaction, InteractionKind, OutcomeTemplate
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

MAX_SUMMARY = 5000
LATEST = timedelta(days=731)
_TOO_LITTLE = _("Write what was said, in at most 5,000 characters.")


@transaction.atomic
def log_interaction(
    *,
    actor: Any,
    customer: Customer,
    kind: str,
    summary: str = "",
    at: datetime | None = None,
    contact: Contact | None = None,
    outcome: str = "",
    next_step: str = "",
    next_step_on: date | None = None,
    settles: Collection[Interaction] = (),
) -> Interaction:
    """Note a contact with the customer; the customer's last contact moves forward, never back.

    ``settles`` are open matters of the same customer that this contact brought to an end.
    """
    _may_edit(actor, customer)
    at = at or timezone.now()
    _check(kind, summary or outcome, at)
    if len(summary) > MAX_SUMMARY:
        raise DomainError(_TOO_LITTLE, field="summary")
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
    for matter in settles:
        if matter.customer_id == customer.pk:
            settle(actor=actor, interaction=matter)
    return interaction


@transaction.atomic
def settle(*, actor: Any, interaction: Interaction) -> None:
    """A complaint is settled or a next step done; doing it twice changes nothing."""
    _may_edit(actor, interaction.customer)
    open_one = Interaction.objects.filter(pk=interaction.pk, settled_at__isnull=True)
    if open_one.update(settled_at=timezone.now()):
        audit.record(actor, "interaction.settled", interaction)


@transaction.atomic
def postpone(*, actor: Any, interaction: Interaction, on: date) -> None:
    """Promise the next step for another day, from today on."""
    _may_edit(actor, interaction.customer)
    if on < timezone.localdate():
        raise DomainError(_("Choose a day from today on."), field="on", code="past")
    if on > timezone.localdate() + LATEST:
        raise DomainError(_("Choose a day within two years."), field="on", code="too_far")
    before = interaction.next_step_on
    open_one = Interaction.objects.filter(pk=interaction.pk, settled_at__isnull=True)
    if before is None or not open_one.update(next_step_on=on):
        raise DomainError(_("This step is not open any more."), code="settled")
    interaction.next_step_on = on
    was, becomes = {"next_step_on": str(before)}, {"next_step_on": str(on)}
    audit.record(actor, "interaction.postponed", interaction, before=was, after=becomes)


def _may_edit(actor: Any, customer: Customer) -> None:
    if actor is None:
        return
    require(actor, "customers.edit")
    access.require_editable(actor, customer)


def _check(kind: str, said: str, at: datetime) -> None:
    if kind not in InteractionKind.values:
        raise DomainError(_("Choose one of the values offered."), field="kind", code="unknown_choice")
    if not said.strip():
        raise DomainError(_("Choose an outcome or write what was said."), field="summary")
    if at > timezone.now() + timedelta(days=1):
        raise DomainError(_("The contact lies in the future."), field="at", code="future")


@transaction.atomic
def save_template(*, actor: Any, template: OutcomeTemplate) -> OutcomeTemplate:
    """Add or change an outcome of the company."""
    require(actor, "followups.edit")
    if template.pk is None:
        _adopt(template.kind)
        last = OutcomeTemplate.objects.filter(kind=template.kind).aggregate(m=Max("position"))["m"]
        template.position = 0 if last is None else last + 1
    same = OutcomeTemplate.objects.filter(kind=template.kind, outcome=template.outcome)
    if same.exclude(pk=template.pk).exists():
        raise DomainError(_("This outcome is there already."), field="outcome", code="taken")
    template.save()
    audit.record(actor, "outcome_template.saved", template)
    return template


@transaction.atomic
def adopt_suggestions(*, actor: Any, kind: str) -> None:
    """Make the suggested outcomes of a kind the company's own, to be changed at will."""
    require(actor, "followups.edit")
    if _adopt(kind):
        audit.record(actor, "outcome_template.saved", note=kind)


def _adopt(kind: str) -> bool:
    if OutcomeTemplate.objects.filter(kind=kind).exists():
        return False
    rows = [
        OutcomeTemplate(
            kind=kind,
            outcome=str(one.outcome),
            next_step=str(one.next_step),
            next_step_days=one.next_step_days,
            position=place,
        )
        for place, one in enumerate(SUGGESTIONS.get(kind, ()))
    ]
    return bool(OutcomeTemplate.objects.bulk_create(rows))


@transaction.atomic
def delete_template(*, actor: Any, template: OutcomeTemplate) -> None:
    require(actor, "followups.edit")
    audit.record(actor, "outcome_template.deleted", template)
    template.delete()
