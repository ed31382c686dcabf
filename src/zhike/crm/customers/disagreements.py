"""Values between which a person has to choose: what a customer has, and what something wanted to set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers import services
from zhike.crm.customers.merge_fields import fields_by_attribute, revived, stored
from zhike.crm.customers.models import Customer, FieldConflict
from zhike.platform import audit
from zhike.platform.errors import Conflict
from zhike.platform.models import AuditEvent
from zhike.platform.permissions import require

State = FieldConflict.State
#: Derived or kept for the machine: nothing for a person to choose.
NOT_ASKED = {
    "name_key",
    "phone_key",
    "email_key",
    "version",
    "updated_at",
    "created_at",
    "last_contact_at",
    "source",
    "external_key",
}


def note(origin: str, origin_id: int, fields: Mapping[int, Mapping[str, list[Any]]]) -> int:
    """Keep ``{customer: {field: [current, other]}}`` for a person to choose; the number noted."""
    rows = [
        FieldConflict(
            customer_id=number,
            field=name,
            current=stored(current),
            other=stored(other),
            origin=origin,
            origin_id=origin_id,
        )
        for number, found in fields.items()
        for name, (current, other) in found.items()
        if name not in NOT_ASKED and current != other
    ]
    FieldConflict.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def entered_by_hand(customer_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """The value that a person last entered in each field of these customers, as the audit trail has it."""
    if not customer_ids:
        return {}
    events = AuditEvent.objects.filter(
        target_type="customers.customer",
        target_id__in=customer_ids,
        event="customer.updated",
        actor__isnull=False,
    ).order_by("id")
    return {
        (number, name): str(pair[1])
        for number, changes in events.values_list("target_id", "changes")
        if number is not None
        for name, pair in changes.items()
    }


def drop_open(origin: str, origin_id: int) -> None:
    """What met the other values is itself undone: nothing is left to choose."""
    FieldConflict.objects.filter(origin=origin, origin_id=origin_id, state=State.OPEN).delete()


@transaction.atomic
def settle(*, actor: Any, conflict: FieldConflict, take_other: bool) -> FieldConflict:
    """Keep the customer's value, or take the other one."""
    conflict = _locked(actor, conflict, State.OPEN)
    if take_other:
        _set(actor, conflict, conflict.current, conflict.other)
    conflict.state = State.TAKEN if take_other else State.KEPT
    conflict.save(update_fields=["state"])
    audit.record(actor, "conflict.settled", conflict.customer, after={conflict.field: conflict.state})
    return conflict


@transaction.atomic
def reopen(*, actor: Any, conflict: FieldConflict) -> FieldConflict:
    """Undo of :func:`settle`."""
    conflict = _locked(actor, conflict, State.KEPT, State.TAKEN)
    if conflict.state == State.TAKEN:
        _set(actor, conflict, conflict.other, conflict.current)
    conflict.state = State.OPEN
    conflict.save(update_fields=["state"])
    audit.record(actor, "conflict.reopened", conflict.customer, after={conflict.field: conflict.state})
    return conflict


def _locked(actor: Any, conflict: FieldConflict, *states: str) -> FieldConflict:
    require(actor, "customers.edit")
    found = FieldConflict.objects.select_for_update().filter(pk=conflict.pk, state__in=states).first()
    if found is None:
        raise Conflict(_("This was already decided."))
    return found


def _set(actor: Any, conflict: FieldConflict, old: Any, new: Any) -> None:
    """Through the customer's own verbs, when the value still is the one that was shown."""
    customer, name = conflict.customer, conflict.field
    field = fields_by_attribute()[name]
    if stored(getattr(customer, name)) != old:
        raise Conflict()
    value = revived(field, new)
    if name in ("owner_id", "team_id"):
        _assign(actor, customer, name, value)
    else:
        services.update_customer(actor=actor, customer=customer, **{name: value})


def _assign(actor: Any, customer: Customer, name: str, value: int | None) -> None:
    owner = User.objects.filter(pk=value or 0).first() if name == "owner_id" else customer.owner
    team = Team.objects.filter(pk=value or 0).first() if name == "team_id" else customer.team
    services.assign_customer(actor=actor, customer=customer, owner=owner, team=team)
