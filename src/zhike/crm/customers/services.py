"""Verbs on customers and their contact persons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.analytics.duplicates import company_key, email_key, phone_key
from zhike.crm.customers import access, ownership, search, validation
from zhike.crm.customers.models import Contact, Customer, Tag
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import RowScope, require, row_scope

CUSTOMER_FIELDS = validation.CUSTOMER_FIELDS
CONTACT_FIELDS = validation.CONTACT_FIELDS
MAX_TAGS = 30


def derive_keys(name: str, phone: str, email: str) -> dict[str, str]:
    """The normalised forms by which customers are compared, as the columns hold them."""
    return {
        "name_key": company_key(name or "")[:200],
        "phone_key": phone_key(phone or "")[:20],
        "email_key": email_key(email or "")[:254],
    }


@transaction.atomic
def create_customer(
    *,
    actor: Any,
    source: str = "manual",
    external_key: str | None = None,
    owner: Any = None,
    team: Any = None,
    tags: Iterable[str] = (),
    **fields: Any,
) -> Customer:
    """Create a customer; without an owner it belongs to the person who creates it, in the person's team."""
    _may_edit(actor)
    values = validation.checked(Customer, {"name": "", **fields}, CUSTOMER_FIELDS)
    _refuse_taken(values, source, external_key)
    if owner is None and actor is not None and row_scope(actor) != RowScope.ALL:
        owner = actor
    customer = Customer(source=source, external_key=external_key or None, owner=owner, **values)
    validation.check_together(customer, values)
    customer.team = team or (owner.team if owner is not None else None)
    _set_keys(customer)
    customer.save()
    customer.tags.set(_tags(tags))
    ownership.record([customer.pk], actor=actor, origin="created")
    search.reindex([customer.pk])
    audit.record(actor, "customer.created", customer, after=_state(customer))
    return customer


@transaction.atomic
def update_customer(*, actor: Any, customer: Customer, version: int | None = None, **fields: Any) -> Customer:
    """Change fields. With ``version`` the change is refused when somebody else saved meanwhile."""
    values = validation.checked(Customer, fields, CUSTOMER_FIELDS)
    current = _locked(actor, customer, version)
    before = _state(current)
    _refuse_taken(values, current.source, None, besides=current.pk)
    validation.check_together(current, values)
    for name, value in values.items():
        setattr(current, name, value)
    return _store(actor, current, before)


@transaction.atomic
def assign_customer(
    *,
    actor: Any,
    customer: Customer,
    owner: Any,
    team: Any = None,
    version: int | None = None,
    reason: str = "",
) -> Customer:
    """Hand a customer over; the team follows the new owner unless it is named."""
    current = _locked(actor, customer, version)
    access.require_within_scope(actor, current, field="owner")
    if owner is not None and not owner.is_active:
        raise DomainError(_("This person no longer works here."), field="owner", code="inactive")
    before = _state(current)
    current.owner = owner
    current.team = team or (owner.team if owner is not None else current.team)
    stored = _store(actor, current, before, event="customer.assigned")
    ownership.record([current.pk], actor=actor, reason=reason)
    return stored


@transaction.atomic
def set_tags(*, actor: Any, customer: Customer, tags: Iterable[str]) -> None:
    """Replace the customer's tags; new ones are added to the company's list."""
    current = _locked(actor, customer, None)
    before = sorted(current.tags.values_list("name", flat=True))
    current.tags.set(_tags(tags))
    after = sorted(current.tags.values_list("name", flat=True))
    if before != after:
        audit.record(actor, "customer.tagged", current, before={"tags": before}, after={"tags": after})


@transaction.atomic
def delete_customer(*, actor: Any, customer: Customer) -> None:
    """Take a customer out of every list; orders and history stay for the books."""
    current = _locked(actor, customer, None)
    current.deleted_at, current.deleted_by = timezone.now(), actor
    current.version += 1
    current.save(update_fields=["deleted_at", "deleted_by", "version", "updated_at"])
    search.reindex([current.pk])
    audit.record(actor, "customer.deleted", current)


@transaction.atomic
def restore_customer(*, actor: Any, customer: Customer) -> Customer:
    """Take a customer out of the recycle bin; the change log lets the analysis count it again."""
    _may_edit(actor)
    rows = Customer.objects.deleted(actor) if actor is not None else Customer.objects.all()
    current = rows.select_for_update(of=("self",)).filter(pk=customer.pk).first()
    if current is None:
        raise DomainError(_("This customer is not in the recycle bin."), code="not_found")
    current.deleted_at = current.deleted_by = None
    current.version += 1
    current.save(update_fields=["deleted_at", "deleted_by", "version", "updated_at"])
    search.reindex([current.pk])
    audit.record(actor, "customer.restored", current)
    return current


@transaction.atomic
def save_contact(
    *, actor: Any, customer: Customer, contact: Contact | None = None, seen: str = "", **fields: Any
) -> Contact:
    """Add or change a contact person; there is one main contact at most.

    With ``seen``, the contact's time of change when it was read, a change by somebody else is not lost.
    """
    current = _locked(actor, customer, None)
    if contact is not None:
        contact = _same_contact(current, contact, seen)
    start = {} if contact else {"name": ""}
    values = validation.checked(Contact, {**start, **fields}, CONTACT_FIELDS)
    before = _contact_state(contact) if contact else {}
    contact = contact or Contact(customer=current)
    validation.check_together(contact, values)
    for name, value in values.items():
        setattr(contact, name, value)
    contact.phone_key, contact.email_key = phone_key(contact.phone)[:20], email_key(contact.email)[:254]
    contact.save()
    if contact.is_primary:
        current.contacts.exclude(pk=contact.pk).update(is_primary=False)
    search.reindex([current.pk])
    audit.record(actor, "contact.saved", contact, before=before, after=_contact_state(contact))
    return contact


def _same_contact(customer: Customer, contact: Contact, seen: str) -> Contact:
    if contact.customer_id != customer.pk:
        raise DomainError(_("This contact belongs to another customer."), code="other_customer")
    current = customer.contacts.filter(pk=contact.pk).first()
    if current is None:
        raise DomainError(_("This contact does not exist."), code="not_found")
    if seen and current.updated_at.isoformat() != seen:
        raise Conflict()
    return current


@transaction.atomic
def delete_contact(*, actor: Any, contact: Contact) -> None:
    """Put a contact person into the recycle bin."""
    current = _locked(actor, contact.customer, None)
    contact.deleted_at, contact.deleted_by, contact.is_primary = timezone.now(), actor, False
    contact.save(update_fields=["deleted_at", "deleted_by", "is_primary", "updated_at"])
    search.reindex([current.pk])
    audit.record(actor, "contact.deleted", contact, before=_contact_state(contact))


@transaction.atomic
def restore_contact(*, actor: Any, contact: Contact) -> None:
    """Take a contact out of the recycle bin; a key that was given anew meanwhile stays with the new one."""
    current = _locked(actor, contact.customer, None)
    found = Contact.everything.filter(pk=contact.pk, deleted_at__isnull=False).first()
    if found is None:
        raise DomainError(_("This contact is not in the recycle bin."), code="not_found")
    if found.external_key and current.contacts.filter(external_key=found.external_key).exists():
        found.external_key = None
    found.deleted_at = found.deleted_by = None
    found.save()
    search.reindex([current.pk])
    audit.record(actor, "contact.restored", found)


def _may_edit(actor: Any) -> None:
    if actor is not None:
        require(actor, "customers.edit")


def _locked(actor: Any, customer: Customer, version: int | None) -> Customer:
    """The living record, locked, when the actor may change it and nobody else did meanwhile."""
    _may_edit(actor)
    rows = Customer.objects.visible_to(actor) if actor is not None else Customer.objects.all()
    current = rows.select_for_update(of=("self",)).filter(pk=customer.pk).first()
    if current is None:
        raise DomainError(_("This customer does not exist."), code="not_found")
    access.require_editable(actor, current)
    if version is not None and current.version != version:
        raise Conflict()
    return current


def _store(
    actor: Any, customer: Customer, before: dict[str, Any], event: str = "customer.updated"
) -> Customer:
    after = _state(customer)
    if after == before:
        return customer
    customer.version += 1
    _set_keys(customer)
    customer.save()
    search.reindex([customer.pk])
    audit.record(actor, event, customer, before=before, after=after)
    return customer


def _set_keys(customer: Customer) -> None:
    for name, value in derive_keys(customer.name, customer.phone, customer.email).items():
        setattr(customer, name, value)


def _refuse_taken(
    values: dict[str, Any], source: str, external_key: str | None, *, besides: int | None = None
) -> None:
    code = values.get("code")
    if code and Customer.objects.filter(code=code).exclude(pk=besides or 0).exists():
        raise DomainError(_("Another customer has this number."), field="code", code="taken")
    if external_key and Customer.objects.filter(source=source, external_key=external_key).exists():
        raise DomainError(_("Another customer has this key."), field="external_key", code="taken")


def _tags(names: Iterable[str]) -> list[Tag]:
    wanted = sorted({name.strip()[:40] for name in names if name.strip()})
    if len(wanted) > MAX_TAGS:
        raise DomainError(_("A customer has at most 30 tags."), field="tags", code="too_many")
    known = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted)}
    return [known.get(name) or Tag.objects.create(name=name) for name in wanted]


def _state(customer: Customer) -> dict[str, Any]:
    names = [*sorted(CUSTOMER_FIELDS), "owner_id", "team_id"]
    return {name: getattr(customer, name) for name in names}


def _contact_state(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in sorted(CONTACT_FIELDS)}
