"""Give all customers of one colleague to others in one act, with what hangs on them, and take it back.

The work is done a chunk at a time; each chunk commits its rows together with the history of owners, which
says what this hand-over has already moved. A killed job therefore goes on where it was, and the undo finds
in the same history whom nobody changed since, and whose the customers were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.customers import ownership
from zhike.crm.customers.models import Customer, Handover, HandoverItem, OwnerHistory
from zhike.crm.customers.ownership_models import HandoverState, OwnershipOrigin, Spread
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.jobs import JobRun, enqueue
from zhike.platform.permissions import allowed, require, scope_filter

CHUNK = 2_000
MAX_TARGETS = 50


@dataclass(frozen=True)
class Companion:
    """What goes with the customers: rows of a colleague with the names of two of their fields."""

    kind: str
    label: str | Promise
    of: Callable[[Any], QuerySet[Any]]
    user: str = "assignee"
    customer: str = "customer"


COMPANIONS: dict[str, Companion] = {}


def register(companion: Companion) -> None:
    """Called once when the rooms are set up."""
    COMPANIONS[companion.kind] = companion


@dataclass(frozen=True)
class Preview:
    """What a hand-over would move, to whom; nothing is written."""

    customers: int
    companions: list[tuple[str, int]]
    shares: list[tuple[User, int]]

    @property
    def is_empty(self) -> bool:
        return not self.customers and not any(count for _label, count in self.companions)


def holdings(actor: Any, source: Any) -> QuerySet[Customer]:
    """The customers of the source that the actor may give away."""
    if not allowed(actor, "customers.edit"):
        return Customer.objects.none()
    return Customer.objects.filter(scope_filter(actor), owner=source, deleted_at__isnull=True)


def preview(*, actor: Any, source: Any, targets: Sequence[User], spread: str = Spread.EVENLY) -> Preview:
    """Count before anything happens."""
    rows = holdings(actor, source).order_by()
    by_team: dict[int | None, int] = dict(rows.values_list("team_id").annotate(Count("pk")))
    places = Places(targets, spread)
    for team, count in sorted(by_team.items(), key=lambda pair: pair[0] or 0):
        places.take(team, count)
    companions = [(str(one.label), one.of(source).count()) for one in COMPANIONS.values()]
    return Preview(sum(by_team.values()), companions, [(user, places.taken[user.pk]) for user in targets])


class Places:
    """Whose turn it is: always the one of the eligible who has taken the fewest so far."""

    def __init__(self, targets: Sequence[User], spread: str, taken: dict[int, int] | None = None) -> None:
        self.targets = sorted(targets, key=lambda user: user.pk)
        self.spread = spread
        self.taken = {user.pk: (taken or {}).get(user.pk, 0) for user in self.targets}

    def next(self, team: int | None = None) -> User:
        chosen = min(self.eligible(team), key=lambda user: (self.taken[user.pk], user.pk))
        self.taken[chosen.pk] += 1
        return chosen

    def take(self, team: int | None, count: int) -> None:
        """Let so many customers of one team take their turns, counted only."""
        for _turn in range(count if self.targets else 0):
            self.next(team)

    def eligible(self, team: int | None) -> list[User]:
        if self.spread != Spread.TEAM or team is None:
            return self.targets
        return [user for user in self.targets if user.team_id == team] or self.targets


@transaction.atomic
def start(
    *, actor: Any, source: Any, targets: Iterable[User], spread: str = Spread.EVENLY, reason: str = ""
) -> Handover:
    """Queue the hand-over of everything that the source holds and the actor may give away."""
    require(actor, "customers.edit")
    people = list({user.pk: user for user in targets}.values())
    check(source, people, spread)
    if preview(actor=actor, source=source, targets=people, spread=spread).is_empty:
        raise DomainError(_("This colleague has nothing that you could hand over."), code="nothing")
    if Handover.objects.filter(source=source, state__in=_AT_WORK).exists():
        raise DomainError(_("A hand-over from this colleague is not finished yet."), code="open")
    made = Handover.objects.create(
        source=source,
        targets=sorted(user.pk for user in people),
        spread=spread,
        reason=reason.strip()[:200],
        created_by=actor,
    )
    _enqueue(made, actor, HandoverState.RUNNING)
    after = {"targets": made.targets, "spread": spread}
    audit.record(actor, "customers.handover_started", source, after=after, note=made.reason)
    return made


_AT_WORK = (HandoverState.WAITING, HandoverState.RUNNING, HandoverState.UNDOING)


def check(source: Any, targets: Sequence[User], spread: str) -> None:
    if not targets:
        raise DomainError(_("Choose who takes over."), field="targets", code="required")
    if len(targets) > MAX_TARGETS:
        raise DomainError(_("Choose at most 50 colleagues."), field="targets", code="too_many")
    if spread not in Spread.values:
        raise DomainError(_("Choose one of the values offered."), field="spread", code="unknown_choice")
    if any(user.pk == source.pk for user in targets):
        raise DomainError(_("Choose somebody else to take over."), field="targets", code="same")
    if not all(user.is_active for user in targets):
        raise DomainError(_("This person no longer works here."), field="targets", code="inactive")


def _enqueue(handover: Handover, actor: Any, state: str) -> None:
    kind = "customers.handover_undo" if state == HandoverState.UNDOING else "customers.handover"
    job = enqueue(kind, {"handover": handover.pk}, requested_by=actor, key=f"{handover.pk}")
    handover.state, handover.job = state, job
    handover.save(update_fields=["state", "job"])


@transaction.atomic
def go_on(*, actor: Any, handover: Handover) -> None:
    """Start again what was stopped or failed, at the point where it stands."""
    current = _locked(actor, handover)
    if current.state in _AT_WORK and not _is_at_work(current):
        _enqueue(current, actor, HandoverState.RUNNING if current.state != "undoing" else current.state)


@transaction.atomic
def start_undo(*, actor: Any, handover: Handover) -> None:
    """Take back what nobody changed since."""
    current = _locked(actor, handover)
    if _is_at_work(current):
        raise DomainError(_("The hand-over is still at work. Stop it first."), code="open")
    if current.state in (HandoverState.DONE, HandoverState.RUNNING, HandoverState.WAITING):
        _enqueue(current, actor, HandoverState.UNDOING)


def _is_at_work(handover: Handover) -> bool:
    return handover.job is not None and handover.job.is_open


def _locked(actor: Any, handover: Handover) -> Handover:
    require(actor, "customers.edit")
    rows = Handover.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=handover.pk)
    current = rows.select_related("source").first()
    if current is None:
        raise DomainError(_("This hand-over does not exist."), code="not_found")
    return current


def work(run: JobRun) -> dict[str, Any]:
    """The job: customers first, then what hangs on them."""
    handover = Handover.objects.select_related("source", "created_by").get(pk=run.params["handover"])
    if handover.state == HandoverState.DONE:
        return handover.counts
    # Somebody who left meanwhile takes nothing over.
    targets = list(User.objects.filter(pk__in=handover.targets, is_active=True))
    if not targets:
        raise DomainError(_("Nobody of those who should take over works here any more."), code="inactive")
    _move_customers(handover, targets, run)
    for companion in COMPANIONS.values():
        _move_companions(handover, companion, targets, run)
    return _finish(handover, HandoverState.DONE, _counts(handover), "customers.handed_over")


def _move_customers(handover: Handover, targets: list[User], run: JobRun) -> None:
    left = holdings(handover.created_by, handover.source).order_by("pk")
    moved = _moved(handover)
    done = sum(moved.values())
    total = done + left.count()
    places = Places(targets, handover.spread, moved)
    while True:
        with transaction.atomic():
            rows = left.select_for_update(of=("self",)).values_list("pk", "team_id")[:CHUNK]
            chosen = {pk: places.next(team) for pk, team in rows}
            ownership.record(chosen)
            _give(chosen)
            ownership.record(
                chosen,
                actor=handover.created_by,
                origin=OwnershipOrigin.HANDOVER,
                reason=handover.reason,
                handover_id=handover.pk,
            )
        if not chosen:
            return
        done += len(chosen)
        run.progress(done, total, _("Customers"))


def _moved(handover: Handover) -> dict[int, int]:
    """How many customers each colleague has got by this hand-over."""
    rows = OwnerHistory.objects.filter(handover=handover, origin=OwnershipOrigin.HANDOVER).order_by()
    return dict(rows.values_list("owner_id").annotate(Count("pk")))


def _give(chosen: dict[int, User]) -> None:
    by_user: dict[User, list[int]] = {}
    for pk, user in chosen.items():
        by_user.setdefault(user, []).append(pk)
    for user, ids in by_user.items():
        _set_owner(ids, user.pk, user.team_id)


def _set_owner(ids: Sequence[int], owner_id: int | None, team_id: int | None) -> None:
    Customer.objects.filter(pk__in=ids).update(
        owner_id=owner_id, team_id=team_id, version=F("version") + 1, updated_at=timezone.now()
    )


def _move_companions(handover: Handover, companion: Companion, targets: list[User], run: JobRun) -> None:
    """Each goes to the customer's new owner; without a customer of this hand-over, in turns."""
    left = companion.of(handover.source).order_by("pk")
    taken = dict(handover.items.filter(kind=companion.kind).values_list("user_id").annotate(Count("pk")))
    places = Places(targets, Spread.EVENLY, taken)
    done, total = sum(taken.values()), sum(taken.values()) + left.count()
    by_pk = {user.pk: user for user in targets}
    while True:
        with transaction.atomic():
            found = list(left.values_list("pk", f"{companion.customer}_id")[:CHUNK])
            owners = _new_owners(handover, {customer for _pk, customer in found if customer})
            chosen = {pk: by_pk.get(owners.get(customer, 0)) or places.next() for pk, customer in found}
            _give_companions(handover, companion, left.model, chosen)
        if not found:
            return
        done += len(found)
        run.progress(done, total, companion.label)


def _new_owners(handover: Handover, customers: set[int]) -> dict[int, int]:
    rows = OwnerHistory.objects.filter(handover=handover, customer_id__in=customers, valid_to__isnull=True)
    return dict(rows.values_list("customer_id", "owner_id"))


def _give_companions(handover: Handover, companion: Companion, model: Any, chosen: dict[int, User]) -> None:
    by_user: dict[User, list[int]] = {}
    for pk, user in chosen.items():
        by_user.setdefault(user, []).append(pk)
    for user, ids in by_user.items():
        _set_user(model, companion, ids, user.pk)
    HandoverItem.objects.bulk_create(
        [
            HandoverItem(handover=handover, kind=companion.kind, object_id=pk, user=user)
            for pk, user in chosen.items()
        ],
        ignore_conflicts=True,
        batch_size=CHUNK,
    )


def _set_user(model: Any, companion: Companion, ids: Sequence[int], user_id: int) -> None:
    names = {field.name for field in model._meta.concrete_fields}
    stamps: dict[str, Any] = {"version": F("version") + 1} if "version" in names else {}
    model._default_manager.filter(pk__in=ids).update(**{f"{companion.user}_id": user_id}, **stamps)


def _counts(handover: Handover) -> dict[str, Any]:
    items = dict(handover.items.order_by().values_list("kind").annotate(Count("pk")))
    moved = _moved(handover)
    return {
        "customers": sum(moved.values()),
        "by_user": {str(user): count for user, count in sorted(moved.items())},
        **items,
    }


def _finish(handover: Handover, state: str, counts: dict[str, Any], event: str) -> dict[str, Any]:
    with transaction.atomic():
        Handover.objects.filter(pk=handover.pk).update(state=state, counts=counts)
        audit.record(handover.created_by, event, handover.source, after=counts, note=handover.reason)
    return counts


def work_back(run: JobRun) -> dict[str, Any]:
    """The undo: customers whose newest stretch is still this hand-over's go back to the one before."""
    handover = Handover.objects.select_related("source", "created_by").get(pk=run.params["handover"])
    if handover.state == HandoverState.UNDONE:
        return handover.counts
    total, last = sum(_moved(handover).values()), 0
    while True:
        with transaction.atomic():
            ids = list(_standing(handover).filter(customer_id__gt=last)[:CHUNK])
            _take_back(handover, ids, run.record.requested_by)
        if not ids:
            break
        last = ids[-1]
        run.progress(_restored(handover), total, _("Undoing"))
    for companion in COMPANIONS.values():
        _take_companions_back(handover, companion)
    restored = _restored(handover)
    counts = {**_counts(handover), "restored": restored, "kept": total - restored}
    return _finish(handover, HandoverState.UNDONE, counts, "customers.handover_undone")


def _standing(handover: Handover) -> QuerySet[Any]:
    """Customers that nobody gave to somebody else since, by number."""
    rows = OwnerHistory.objects.filter(
        handover=handover, origin=OwnershipOrigin.HANDOVER, valid_to__isnull=True
    )
    return rows.order_by("customer_id").values_list("customer_id", flat=True)


def _restored(handover: Handover) -> int:
    return OwnerHistory.objects.filter(handover=handover, origin=OwnershipOrigin.UNDO).count()


def _take_back(handover: Handover, ids: list[int], actor: Any) -> None:
    """Former owner and team, for those whose rows still say what the hand-over wrote."""
    list(Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    ownership.record(ids)
    standing = _standing(handover).filter(customer_id__in=ids)
    former: dict[int, tuple[int | None, int | None]] = {}
    rows = OwnerHistory.objects.filter(customer_id__in=standing, valid_to__isnull=False)
    for pk, owner, team in rows.order_by("id").values_list("customer_id", "owner_id", "team_id"):
        former[pk] = (owner, team)
    going: dict[tuple[int | None, int | None], list[int]] = {}
    for pk, place in former.items():
        going.setdefault(place, []).append(pk)
    for place, members in going.items():
        _set_owner(members, *place)
    ownership.record(
        former, actor=actor, origin=OwnershipOrigin.UNDO, reason=handover.reason, handover_id=handover.pk
    )


def _take_companions_back(handover: Handover, companion: Companion) -> None:
    model = companion.of(handover.source).model
    with transaction.atomic():
        items = handover.items.filter(kind=companion.kind).order_by()
        by_user: dict[int, list[int]] = {}
        for pk, user in items.values_list("object_id", "user_id"):
            by_user.setdefault(user, []).append(pk)
        for user, ids in by_user.items():
            for start_at in range(0, len(ids), CHUNK):
                part = ids[start_at : start_at + CHUNK]
                still = model._default_manager.filter(pk__in=part, **{f"{companion.user}_id": user})
                mine = list(still.values_list("pk", flat=True))
                _set_user(model, companion, mine, handover.source_id)
