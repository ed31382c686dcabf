"""Verbs of care: rules, dates to remember, what became of an occasion, who wants no greetings."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.care import phrases, planner, reminders, tone
from zhike.crm.care.choices import CHOSEN_REASONS, DATE_FIELD, OCCASIONS, State
from zhike.crm.care.models import CareRule, CareSettings, OwnDate, Reminder
from zhike.crm.care.planner import Found
from zhike.crm.customers import services as customers
from zhike.crm.customers.models import Contact, Customer, CustomField
from zhike.crm.customers.validation import CARE_FIELDS
from zhike.crm.interactions.models import InteractionKind
from zhike.crm.interactions.services import log_interaction
from zhike.crm.tasks.models import Task
from zhike.crm.tasks.services import cancel_task
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

RULE_FIELDS = (
    "occasion",
    "field_key",
    "lead",
    "lead_in",
    "tiers",
    "stages",
    "lists",
    "for_contacts",
    "make_task",
    "greeting",
    "active",
)
SETTINGS_FIELDS = ("leap_rule", "february_rule", "catch_up_days")


@transaction.atomic
def save_rule(*, actor: Any, rule: CareRule | None = None, **fields: Any) -> CareRule:
    """Add or change a rule; a greeting that congratulates on a day of mourning is refused."""
    require(actor, "rules.edit")
    rule = rule or CareRule(position=CareRule.objects.count())
    before = {name: getattr(rule, name) for name in RULE_FIELDS} if rule.pk else {}
    for name in fields.keys() & set(RULE_FIELDS):
        setattr(rule, name, fields[name])
    _check_rule(rule)
    rule.save()
    audit.record(
        actor,
        "care.rule_saved",
        rule,
        before=before,
        after={name: getattr(rule, name) for name in RULE_FIELDS},
    )
    return rule


def _check_rule(rule: CareRule) -> None:
    if rule.occasion not in OCCASIONS:
        raise DomainError(_("Choose one of the values offered."), field="occasion", code="unknown_choice")
    if rule.occasion != DATE_FIELD:
        rule.field_key = ""
    elif not CustomField.objects.filter(entity="customer", field_type="date", key=rule.field_key).exists():
        raise DomainError(_("Choose the field that holds the date."), field="field_key", code="required")
    if not 0 <= rule.lead <= 90:
        raise DomainError(_("At most 90 days."), field="lead", code="out_of_range")
    tone.check(rule.occasion, rule.greeting)


@transaction.atomic
def delete_rule(*, actor: Any, rule: CareRule) -> None:
    require(actor, "rules.edit")
    audit.record(actor, "care.rule_deleted", rule)
    rule.delete()


@transaction.atomic
def save_settings(*, actor: Any, **fields: Any) -> CareSettings:
    """How the company reads the calendar."""
    require(actor, "rules.edit")
    settings = CareSettings.current()
    before = {name: getattr(settings, name) for name in SETTINGS_FIELDS}
    for name in SETTINGS_FIELDS:
        setattr(settings, name, fields.get(name, before[name]))
    settings.save()
    after = {name: getattr(settings, name) for name in SETTINGS_FIELDS}
    audit.record(actor, "care.settings_saved", settings, before=before, after=after)
    return settings


@transaction.atomic
def settle(*, actor: Any, found: Found, state: str, reason: str = "", note: str = "") -> Reminder:
    """Note that an occasion was dealt with or is skipped, whether its reminder was given yet or not."""
    _may_edit(actor, found.customer)
    if state not in (State.DONE, State.SKIPPED, State.DUE):
        raise DomainError(_("Choose one of the values offered."), field="state", code="unknown_choice")
    if state == State.SKIPPED and reason not in CHOSEN_REASONS:
        raise DomainError(_("Say why."), field="reason", code="required")
    fresh = reminders.row_of(found)
    Reminder.objects.bulk_create([fresh], ignore_conflicts=True)
    row = Reminder.objects.select_for_update().get(key=found.key)
    before = {"state": row.state, "reason": row.reason}
    row.state, row.reason = state, reason if state == State.SKIPPED else ""
    row.note, row.handled_by, row.handled_at = note.strip()[:200], actor, timezone.now()
    row.told_at = row.told_at or timezone.now()
    row.save()
    audit.record(actor, "care.settled", row, before=before, after={"state": row.state, "reason": row.reason})
    return row


@transaction.atomic
def log_greeting(*, actor: Any, found: Found, text: str, kind: str = InteractionKind.MESSAGE) -> Reminder:
    """Note the greeting as an interaction of the customer; the occasion is done."""
    tone.check(found.occasion, text)
    log_interaction(
        actor=actor,
        customer=found.customer,
        contact=found.contact,
        kind=kind,
        summary=text.strip() or phrases.title(found.occasion, found.label),
        outcome=phrases.title(found.occasion, found.label),
    )
    return settle(actor=actor, found=found, state=State.DONE)


@transaction.atomic
def set_preferences(*, actor: Any, customer: Customer, contact: Contact | None = None, **flags: Any) -> None:
    """Who died, mourns or wants no greetings; open tasks of care about them are dropped."""
    values = {name: flags[name] for name in CARE_FIELDS if name in flags}
    if contact is None:
        customers.update_customer(actor=actor, customer=customer, **values)
    else:
        customers.save_contact(actor=actor, customer=customer, contact=contact, **values)
    person = contact or customer
    person.refresh_from_db()
    if not type(person)._default_manager.filter(planner.addressable(), pk=person.pk).exists():
        _drop_tasks(actor, person)


def _drop_tasks(actor: Any, person: Customer | Contact) -> None:
    letter = "p" if isinstance(person, Contact) else "c"
    rows = Task.objects.filter(origin=reminders.ORIGIN, origin_key__startswith=f"{letter}{person.pk}:")
    for task in rows.open():
        cancel_task(actor=actor, task=task)


@transaction.atomic
def add_own_date(
    *,
    actor: Any,
    customer: Customer,
    label: str,
    on: date,
    calendar: str = "solar",
    yearly: bool = True,
    contact: Contact | None = None,
) -> OwnDate:
    """Remember a day of a customer's."""
    _may_edit(actor, customer)
    if contact is not None and contact.customer_id != customer.pk:
        raise DomainError(_("This contact belongs to another customer."), code="other_customer")
    if not label.strip():
        raise DomainError(_("This field is required."), field="label", code="required")
    row = OwnDate.objects.create(
        customer=customer,
        contact=contact,
        label=label.strip()[:60],
        on=on,
        calendar=calendar,
        yearly=yearly,
        created_by=actor,
    )
    audit.record(actor, "care.date_added", customer, after={"label": row.label, "on": row.on})
    return row


@transaction.atomic
def delete_own_date(*, actor: Any, own_date: OwnDate) -> None:
    _may_edit(actor, own_date.customer)
    audit.record(actor, "care.date_deleted", own_date.customer, before={"label": own_date.label})
    own_date.delete()


def _may_edit(actor: Any, customer: Customer) -> None:
    if actor is None:
        return
    require(actor, "customers.edit")
    if not Customer.objects.editable_by(actor).filter(pk=customer.pk).exists():
        raise DomainError(_("This customer does not exist."), code="not_found")
