"""Verbs on customer lists: who is in them, under which name, for whom to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.bulk import Image, Outcome, Values
from zhike.crm.customers.models import Customer, CustomerList, ListMember
from zhike.platform import audit, rows
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import require

#: How an image says that a customer is in the list by this very act.
MEMBER = {"member": True}
STRANGER: Values = {"member": False}


def lists_of(user: Any) -> QuerySet[CustomerList]:
    return CustomerList.objects.visible_to(user).select_related("owner")


def sizes(user: Any, lists: Iterable[CustomerList]) -> dict[int, int]:
    """How many members of each list the user sees."""
    members = ListMember.objects.visible_to(user).filter(list__in=list(lists)).order_by()
    return dict(members.values_list("list_id").annotate(Count("id")))


@transaction.atomic
def create_list(*, actor: Any, name: str, shared: bool = False, for_treatment: bool = False) -> CustomerList:
    require(actor, "customers.view")
    made = CustomerList(owner=actor, name=_free_name(actor, name), shared=shared, for_treatment=for_treatment)
    made.save()
    audit.record(actor, "list.created", made, after=_state(made))
    return made


@transaction.atomic
def change_list(
    *, actor: Any, customer_list: CustomerList, name: str, shared: bool, for_treatment: bool
) -> CustomerList:
    """Rename a list, share it or keep it to oneself."""
    current = _own(actor, customer_list)
    before = _state(current)
    current.name = _free_name(actor, name, besides=current.pk)
    current.shared, current.for_treatment = shared, for_treatment
    current.save()
    if _state(current) != before:
        audit.record(actor, "list.changed", current, before=before, after=_state(current))
    return current


@transaction.atomic
def delete_list(*, actor: Any, customer_list: CustomerList) -> None:
    """The list goes; the customers stay."""
    current = _own(actor, customer_list)
    audit.record(actor, "list.deleted", current, before={"members": current.members.count()})
    current.delete()


@transaction.atomic
def add_members(*, actor: Any, customer_list: CustomerList, customers: Iterable[int]) -> Outcome:
    """Put customers that the actor sees into the list."""
    current = _usable(actor, customer_list)
    outcome, inside = Outcome(), set(_members(current, customers))
    for pk in _visible(actor, customers):
        outcome.add(pk, MEMBER if pk in inside else STRANGER, MEMBER)
    _insert(current, {pk: {"by": actor.pk} for pk in outcome.changed})
    return outcome


@transaction.atomic
def remove_members(*, actor: Any, customer_list: CustomerList, customers: Iterable[int]) -> Outcome:
    """Take customers that the actor sees out of the list."""
    current = _usable(actor, customer_list)
    outcome, inside = Outcome(), _members(current, customers)
    for pk in _visible(actor, customers):
        outcome.add(pk, inside.get(pk, STRANGER), STRANGER)
    current.members.filter(customer_id__in=list(outcome.changed)).delete()
    return outcome


@transaction.atomic
def restore_members(*, customer_list: CustomerList | None, images: Mapping[int, Image]) -> set[int]:
    """Undo of both; returns whom it left alone, because the list was changed since."""
    if customer_list is None:
        return set(images)
    inside = _members(customer_list, images)
    wrong = {pk for pk, (_before, after) in images.items() if after["member"] != (pk in inside)}
    living = set(Customer.objects.filter(pk__in=list(images)).values_list("pk", flat=True))
    wrong |= set(images) - living
    going = {pk: before for pk, (before, _after) in images.items() if pk not in wrong}
    leaving = [pk for pk, before in going.items() if not before["member"]]
    customer_list.members.filter(customer_id__in=leaving).delete()
    _insert(customer_list, {pk: before for pk, before in going.items() if before["member"]})
    return wrong


def _members(customer_list: CustomerList, customers: Iterable[int]) -> dict[int, Values]:
    """Of the customers, those in the list, with what is known of their membership."""
    found = customer_list.members.filter(customer_id__in=list(customers))
    return {
        pk: {**MEMBER, "by": by, "at": at.isoformat()}
        for pk, by, at in found.values_list("customer_id", "added_by_id", "at")
    }


def _insert(customer_list: CustomerList, members: Mapping[int, Values]) -> None:
    records: list[dict[str, Any]] = []
    for pk, known in members.items():
        record = {"list_id": customer_list.pk, "customer_id": pk, "added_by_id": known.get("by")}
        records.append({**record, "at": parse_datetime(known["at"])} if "at" in known else record)
    rows.insert(ListMember, records)


def _visible(actor: Any, customers: Iterable[int]) -> list[int]:
    visible = Customer.objects.visible_to(actor).filter(pk__in=list(customers))
    return list(visible.order_by("pk").values_list("pk", flat=True))


def _usable(actor: Any, customer_list: CustomerList) -> CustomerList:
    """A list that the actor sees, locked."""
    found = CustomerList.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=customer_list.pk)
    current = found.first()
    if current is None:
        raise DomainError(_("This list does not exist."), code="not_found")
    return current


def _own(actor: Any, customer_list: CustomerList) -> CustomerList:
    current = _usable(actor, customer_list)
    if current.owner_id != actor.pk:
        raise NotAllowed(_("Only who created a list changes it."))
    return current


def _free_name(actor: Any, name: str, besides: int = 0) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 80 or "\x00" in name:
        raise DomainError(_("Give the list a name of at most 80 characters."), field="name", code="required")
    if CustomerList.objects.filter(owner=actor, name=name).exclude(pk=besides).exists():
        raise DomainError(_("You already have a list of this name."), field="name", code="taken")
    return name


def _state(customer_list: CustomerList) -> Values:
    return {name: getattr(customer_list, name) for name in ("name", "shared", "for_treatment")}
