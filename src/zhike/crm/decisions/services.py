"""Verbs of the inbox: settle one item, take the last decision back. Each calls the item's own room."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.crm.customers import access, disagreements, merging
from zhike.crm.customers.models import Customer, FieldConflict, Merge
from zhike.crm.decisions.models import Decision, DuplicatePair
from zhike.crm.imports import deciding
from zhike.crm.imports.models import ImportIssue
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import require
from zhike.platform.requests import number_of

State = DuplicatePair.State
LATER = "later"


@transaction.atomic
def settle(
    *, actor: Any, kind: str, row: Any, choice: str, data: Mapping[str, Any] | None = None, batch: Any = None
) -> Decision:
    """Settle an item that the actor sees; ``data`` is what the choice needs besides its name."""
    settled = SETTLE[kind](actor, row, choice, data or {})
    decision = Decision(actor=actor, kind=kind, item=row.pk, choice=settled, batch=batch or uuid.uuid4())
    decision.save()
    return decision


def _doubtful(actor: Any, issue: ImportIssue, choice: str, data: Mapping[str, Any]) -> str:
    name, _sep, number = choice.partition(":")
    deciding.decide(actor=actor, issue=issue, choice=name, customer_id=number_of(number))
    return name


def _rejected(actor: Any, issue: ImportIssue, choice: str, data: Mapping[str, Any]) -> str:
    if choice == "correct":
        deciding.correct(actor=actor, issue=issue, cells=data.get("cells", {}))
    elif choice == "dismiss":
        deciding.dismiss(actor=actor, issue=issue)
    else:
        raise _unknown()
    return choice


def _conflict(actor: Any, row: FieldConflict, choice: str, data: Mapping[str, Any]) -> str:
    if choice not in ("keep", "take"):
        raise _unknown()
    disagreements.settle(actor=actor, conflict=row, take_other=choice == "take")
    return choice


def _duplicate(actor: Any, pair: DuplicatePair, choice: str, data: Mapping[str, Any]) -> str:
    require(actor, "customers.edit")
    pair = _open_pair(pair)
    if choice == "merge":
        _merge(actor, pair, data)
    elif choice == "different":
        for customer in (pair.left, pair.right):
            access.require_within_scope(actor, customer)
        pair.state = State.DIFFERENT
        audit.record(actor, "duplicate.different", pair.left, after={"other_id": pair.right_id})
    elif choice == LATER:
        pair.later_at = timezone.now()
    else:
        raise _unknown()
    pair.save(update_fields=["state", "merge", "later_at"])
    return choice


def _open_pair(pair: DuplicatePair) -> DuplicatePair:
    found = DuplicatePair.objects.select_for_update().filter(pk=pair.pk, state=State.OPEN).first()
    if found is None:
        raise Conflict(_("This was already decided."))
    return found


def _merge(actor: Any, pair: DuplicatePair, data: Mapping[str, Any]) -> None:
    """``survivor`` is the record that stays, ``take`` the fields whose values come from the other one."""
    numbers = {pair.left_id: pair.right_id, pair.right_id: pair.left_id}
    survivor = data.get("survivor") or pair.left_id
    if survivor not in numbers:
        raise DomainError(_("Choose which record stays."), field="survivor", code="unknown_choice")
    record = merging.merge(
        actor=actor,
        survivor=Customer.objects.get(pk=survivor),
        merged=Customer.objects.get(pk=numbers[survivor]),
        take=data.get("take"),
        versions=data.get("versions"),
    )
    pair.state, pair.merge = State.MERGED, record


def _unknown() -> DomainError:
    return DomainError(_("Choose one of the suggestions."), field="choice", code="unknown_choice")


SETTLE: dict[str, Callable[[Any, Any, str, Mapping[str, Any]], str]] = {
    "doubtful": _doubtful,
    "rejected": _rejected,
    "duplicate": _duplicate,
    "conflict": _conflict,
}


# Taking back --------------------------------------------------------------------------------------


def last_decision(actor: Any) -> Decision | None:
    return Decision.objects.visible_to(actor).filter(undone_at__isnull=True).first()


def undo_last(*, actor: Any) -> list[Decision]:
    """Take back the actor's last decision with all that was decided alike; the decisions taken back."""
    last = last_decision(actor)
    if last is None:
        raise Conflict(_("There is nothing to undo."))
    together = Decision.objects.visible_to(actor).filter(batch=last.batch, undone_at__isnull=True)
    return [undo(actor=actor, decision=decision) for decision in together.order_by("-id")]


@transaction.atomic
def undo(*, actor: Any, decision: Decision) -> Decision:
    """Take one decision back. Whoever lost the right to decide cannot take back either."""
    decision = Decision.objects.select_for_update().get(pk=decision.pk)
    if decision.undone_at is not None:
        raise Conflict(_("There is nothing to undo."))
    UNDO[decision.kind](actor, decision)
    decision.undone_at = timezone.now()
    decision.save(update_fields=["undone_at"])
    return decision


def _undo_row(actor: Any, decision: Decision) -> None:
    issue = ImportIssue.objects.select_related("import_run").filter(pk=decision.item).first()
    if issue is None:
        raise Conflict(_("There is nothing to undo."))
    deciding.take_back(actor=actor, issue=issue)


def _undo_conflict(actor: Any, decision: Decision) -> None:
    row = FieldConflict.objects.visible_to(actor).filter(pk=decision.item).first()
    if row is None:
        raise Conflict(_("There is nothing to undo."))
    disagreements.reopen(actor=actor, conflict=row)


def _undo_pair(actor: Any, decision: Decision) -> None:
    require(actor, "customers.edit")
    pair = DuplicatePair.objects.select_for_update().filter(pk=decision.item).first()
    if pair is None:
        raise Conflict(_("There is nothing to undo."))
    if pair.merge is not None and pair.state == State.MERGED:
        merging.undo_merge(actor=actor, record=pair.merge)
    _reopen(actor, pair)


def _reopen(actor: Any, pair: DuplicatePair) -> None:
    """The pair waits again."""
    for customer in (pair.left, pair.right):
        customer.refresh_from_db()
        access.require_within_scope(actor, customer)
    pair.state, pair.merge, pair.later_at = State.OPEN, None, None
    pair.save(update_fields=["state", "merge", "later_at"])
    audit.record(actor, "duplicate.reopened", pair.left, after={"other_id": pair.right_id})


@transaction.atomic
def undo_merge(*, actor: Any, merge: Merge) -> list[str]:
    """Make two customers of one again, whoever merged them; a pair that the inbox showed waits there again.

    Returns the fields that somebody changed since: they stay as they are and wait as conflicts.
    """
    pair = DuplicatePair.objects.select_for_update().filter(merge=merge, state=State.MERGED).first()
    kept = merging.undo_merge(actor=actor, record=merge)
    if pair is not None:
        _reopen(actor, pair)
        decided = Decision.objects.filter(kind="duplicate", item=pair.pk, choice="merge", undone_at=None)
        decided.update(undone_at=timezone.now())
    return kept


UNDO: dict[str, Callable[[Any, Decision], None]] = {
    "doubtful": _undo_row,
    "rejected": _undo_row,
    "duplicate": _undo_pair,
    "conflict": _undo_conflict,
}
