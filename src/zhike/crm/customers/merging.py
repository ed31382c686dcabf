"""Two records of one customer become one, and can become two again.

The merged record goes to the recycle bin with a pointer to the survivor. It keeps its keys, so that the next
import of its old row, and its old address, find the survivor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import access, disagreements, ownership, search
from zhike.crm.customers.merge_fields import GROUPS, blank_on, fields_by_attribute, revived, stored, wanted
from zhike.crm.customers.models import Contact, Customer, Merge
from zhike.crm.customers.movers import Mover, all_movers, register, rows_mover, stays
from zhike.crm.customers.ownership_models import OwnershipOrigin
from zhike.crm.customers.services import derive_keys
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import require

__all__ = ["Mover", "merge", "register", "rows_mover", "stays", "survivor_of", "undo_merge"]

#: A chain of merges is followed this far; nobody merges as often.
LONGEST_CHAIN = 100


@transaction.atomic
def merge(
    *,
    actor: Any,
    survivor: Customer,
    merged: Customer,
    take: Iterable[str] | None = None,
    versions: tuple[int, int] | None = None,
) -> Merge:
    """Merge ``merged`` into ``survivor``.

    ``take`` names the groups of fields (and ``custom:key``) whose values come from the merged record; without
    it those that the survivor lacks. ``versions`` are those that the person saw, of survivor and merged.
    """
    chosen = blank_on(survivor, merged) if take is None else frozenset(take)
    survivor, merged = _both(actor, survivor, merged, versions)
    _known(chosen)
    record = Merge(survivor=survivor, merged=merged, actor=actor)
    record.moved = {mover.name: mover.move(survivor, merged) for mover in all_movers()}
    record.swapped = _swap_codes(survivor, merged) if "code" in chosen else {}
    record.fields = _set(survivor, wanted(survivor, merged, chosen)) | _code_of(record.swapped)
    _put_into_bin(actor, survivor, merged)
    record.save()
    _settle(actor, survivor, merged)
    after = {"merged": merged.name, "merged_id": merged.pk, **_names(record.fields, 1)}
    audit.record(actor, "customer.merged", survivor, before=_names(record.fields, 0), after=after)
    audit.record(actor, "customer.merged_away", merged, after={"survivor_id": survivor.pk})
    return record


def _both(
    actor: Any, survivor: Customer, merged: Customer, versions: tuple[int, int] | None
) -> tuple[Customer, Customer]:
    """Both records, locked in the order of their numbers, when the actor decides about both."""
    if actor is not None:
        require(actor, "customers.edit")
    if survivor.pk == merged.pk:
        raise DomainError(_("A customer cannot be merged with itself."), code="same")
    locked = _locked(survivor.pk, merged.pk)
    for number in (survivor.pk, merged.pk):
        if number not in locked or locked[number].deleted_at is not None:
            raise Conflict(_("One of the two customers was deleted or merged meanwhile."))
        access.require_within_scope(actor, locked[number])
    survivor, merged = locked[survivor.pk], locked[merged.pk]
    if versions is not None and versions != (survivor.version, merged.version):
        raise Conflict()
    return survivor, merged


def _locked(*numbers: int) -> dict[int, Customer]:
    rows = Customer.objects.select_for_update(of=("self",)).filter(pk__in=numbers).order_by("pk")
    return {customer.pk: customer for customer in rows}


def _known(chosen: frozenset[str]) -> None:
    names = {group.name for group in GROUPS}
    for name in chosen:
        if name not in names and not name.startswith("custom:"):
            raise DomainError(_("This field does not exist."), field=name, code="unknown_field")


def _swap_codes(survivor: Customer, merged: Customer) -> dict[str, list[Any]]:
    """A customer number belongs to one record, so the two change places."""
    former = merged.code
    Customer.objects.filter(pk__in=(survivor.pk, merged.pk)).update(code=None)
    merged.code, survivor.code = survivor.code, former
    return {"code": [former, merged.code]}


def _code_of(swapped: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: pair[::-1] for name, pair in swapped.items()}


def _set(customer: Customer, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set what differs; ``{attribute: [former, new]}``."""
    changed = {}
    for name, value in values.items():
        former = getattr(customer, name)
        if former != value:
            changed[name] = [stored(former), stored(value)]
            setattr(customer, name, value)
    return changed


def _put_into_bin(actor: Any, survivor: Customer, merged: Customer) -> None:
    merged.merged_into, merged.deleted_at, merged.deleted_by = survivor, timezone.now(), actor
    merged.version += 1
    merged.save(update_fields=["merged_into", "deleted_at", "deleted_by", "code", "version", "updated_at"])
    _save(survivor)


def _save(customer: Customer) -> None:
    for name, value in derive_keys(customer.name, customer.phone, customer.email).items():
        setattr(customer, name, value)
    customer.version += 1
    customer.save()


def _settle(actor: Any, survivor: Customer, merged: Customer) -> None:
    ownership.record([survivor.pk, merged.pk], actor=actor, origin=OwnershipOrigin.MERGED)
    search.reindex([survivor.pk, merged.pk])


def _names(fields: dict[str, list[Any]], side: int) -> dict[str, Any]:
    return {name: pair[side] for name, pair in fields.items()}


@transaction.atomic
def undo_merge(*, actor: Any, record: Merge) -> list[str]:
    """Make two of one again; the fields of the survivor that were changed since, which stay as they are.

    Those wait as conflicts in the inbox. What the survivor got since the merge stays with it.
    """
    if actor is not None:
        require(actor, "customers.edit")
    record = Merge.objects.select_for_update().get(pk=record.pk)
    locked = _locked(record.survivor_id, record.merged_id)
    survivor, merged = locked[record.survivor_id], locked[record.merged_id]
    _must_be_last(record, survivor, merged)
    access.require_within_scope(actor, survivor)
    movers = {mover.name: mover for mover in all_movers()}
    for name in reversed(list(record.moved)):
        if name in movers:
            movers[name].restore(survivor, merged, record.moved[name])
    kept = _restore(record, survivor, merged)
    record.undone_at = timezone.now()
    record.save(update_fields=["undone_at"])
    _settle(actor, survivor, merged)
    audit.record(actor, "customer.merge_undone", survivor, after={"restored_id": merged.pk, "kept": kept})
    return kept


def _must_be_last(record: Merge, survivor: Customer, merged: Customer) -> None:
    if record.undone_at is not None or merged.merged_into_id != survivor.pk:
        raise Conflict(_("This merge was already undone."))
    if survivor.deleted_at is not None:
        raise Conflict(_("The customer was deleted or merged again since. Undo that first."))


def _restore(record: Merge, survivor: Customer, merged: Customer) -> list[str]:
    fields, kept = fields_by_attribute(), {}
    merged.merged_into = merged.deleted_at = merged.deleted_by = None
    for name, (former, new) in record.fields.items():
        if name == "code":
            continue
        if getattr(survivor, name) == revived(fields[name], new):
            setattr(survivor, name, revived(fields[name], former))
        else:
            kept[name] = [stored(getattr(survivor, name)), former]
    kept |= _swap_back(record, survivor, merged)
    merged.version += 1
    merged.save()
    _save(survivor)
    disagreements.note("merge_undo", record.pk, {survivor.pk: kept})
    return list(kept)


def _swap_back(record: Merge, survivor: Customer, merged: Customer) -> dict[str, list[Any]]:
    if "code" not in record.swapped:
        return {}
    former, given = record.swapped["code"]
    if (survivor.code, merged.code) != (former, given):
        return {"code": [survivor.code, given]}
    Customer.objects.filter(pk=survivor.pk).update(code=None)
    survivor.code, merged.code = given, former
    return {}


def survivor_of(number: int) -> int | None:
    """The living customer that this record is now part of, or None when it was not merged."""
    for _step in range(LONGEST_CHAIN):
        row = Customer.objects.filter(pk=number).values_list("merged_into_id", "deleted_at").first()
        if row is None:
            return None
        if row[0] is None:
            return number if row[1] is None and _step else None
        number = row[0]
    return None


# Contacts: a customer has one main contact at most -------------------------------------------------

_CONTACTS = rows_mover(Contact)


def _move_contacts(survivor: Customer, merged: Customer) -> dict[str, list[int]]:
    has_main = survivor.contacts.filter(is_primary=True).exists()
    moved = _CONTACTS.move(survivor, merged)
    mains = Contact.objects.filter(pk__in=moved, is_primary=True)
    demoted = list(mains.values_list("pk", flat=True)) if has_main else []
    Contact.objects.filter(pk__in=demoted).update(is_primary=False)
    return {"moved": moved, "demoted": demoted}


def _restore_contacts(survivor: Customer, merged: Customer, noted: dict[str, list[int]]) -> None:
    _CONTACTS.restore(survivor, merged, noted["moved"])
    back = Contact.objects.filter(pk__in=noted["demoted"], customer=merged)
    if not merged.contacts.filter(is_primary=True).exists():
        back.update(is_primary=True)


register(Mover("contacts", _move_contacts, _restore_contacts), instead_of="customers.contact")
