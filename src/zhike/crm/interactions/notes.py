"""Verbs on notes: rich text that stays with the customer, cleaned before it is stored."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import access
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Note
from zhike.platform import audit, rich_text
from zhike.platform.errors import Conflict, DomainError, NotAllowed
from zhike.platform.permissions import allowed, require


@transaction.atomic
def add_note(*, actor: Any, customer: Customer, body: str, pinned: bool = False) -> Note:
    """Keep a note with a customer."""
    _may_edit(actor, customer)
    note = Note.objects.create(customer=customer, author=actor, body=_cleaned(body), pinned=pinned)
    audit.record(actor, "note.saved", note, after={"customer_id": customer.pk})
    return note


@transaction.atomic
def change_note(*, actor: Any, note: Note, body: str, seen: str = "") -> Note:
    """Change one's own note; with ``seen`` nothing that was saved meanwhile is lost."""
    current = _own(actor, note)
    if seen and current.updated_at.isoformat() != seen:
        raise Conflict()
    before = {"body": rich_text.words(current.body)}
    current.body = _cleaned(body)
    current.save(update_fields=["body", "updated_at"])
    audit.record(actor, "note.saved", current, before=before, after={"body": rich_text.words(current.body)})
    return current


@transaction.atomic
def pin_note(*, actor: Any, note: Note, pinned: bool) -> None:
    """A pinned note stands above the timeline, for everybody who sees the customer."""
    _may_edit(actor, note.customer)
    Note.objects.filter(pk=note.pk).update(pinned=pinned)


@transaction.atomic
def delete_note(*, actor: Any, note: Note) -> None:
    """Put a note into the recycle bin."""
    current = _own(actor, note)
    current.deleted_at, current.deleted_by = timezone.now(), actor
    current.save(update_fields=["deleted_at", "deleted_by"])
    audit.record(actor, "note.deleted", current)


@transaction.atomic
def restore_note(*, actor: Any, note: Note) -> None:
    _may_edit(actor, note.customer)
    if Note.objects.filter(pk=note.pk, deleted_at__isnull=False).update(deleted_at=None, deleted_by=None):
        audit.record(actor, "note.restored", note)


def may_change(user: Any, note: Note) -> bool:
    """One's own notes; those who manage the company may also remove what somebody else wrote."""
    return note.author_id == user.pk or allowed(user, "users.manage")


def _own(actor: Any, note: Note) -> Note:
    _may_edit(actor, note.customer)
    current = Note.objects.select_for_update(of=("self",)).filter(pk=note.pk, deleted_at=None).first()
    if current is None:
        raise DomainError(_("This note does not exist."), code="not_found")
    if not may_change(actor, current):
        raise NotAllowed()
    return current


def _cleaned(body: str) -> str:
    if len(body) > rich_text.MAX_LENGTH:
        raise DomainError(_("This text is too long."), field="body", code="too_long")
    cleaned = rich_text.clean(body.replace("\0", ""))
    if not rich_text.words(cleaned):
        raise DomainError(_("Write something first."), field="body", code="required")
    return cleaned


def _may_edit(actor: Any, customer: Customer) -> None:
    require(actor, "customers.edit")
    access.require_editable(actor, customer)
