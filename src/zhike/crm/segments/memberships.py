"""Writing memberships: some customers enter a segment, some leave, and whoever listens is told.

Every act is one transaction over customers that it has locked: what is stored, what is announced and how far
the work has come are true together. Entering twice or leaving twice is not possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from zhike.crm.customers.models import Customer
from zhike.crm.segments import signals
from zhike.crm.segments.choices import Choice, Reason
from zhike.crm.segments.models import ManualChoice, Membership, Segment
from zhike.platform.changes import position_field
from zhike.platform.models import ChangeLog
from zhike.platform.rows import insert_prepared


@dataclass(frozen=True)
class Moves:
    """Who is to enter and who is to leave one segment."""

    segment_id: int
    version_id: int | None
    entering: Sequence[int]
    leaving: Sequence[int]


def lock(customer_ids: Iterable[int]) -> set[int]:
    """Those that live, locked against every other writer of memberships until the transaction ends."""
    rows = Customer.objects.filter(pk__in=list(customer_ids), deleted_at__isnull=True).order_by("pk")
    if connection.features.has_select_for_no_key_update:
        rows = rows.select_for_update(no_key=True)
    return set(rows.values_list("pk", flat=True))


def changed_since(position: int, customer_ids: Collection[int]) -> set[int]:
    """Those of the customers with a change after a place in the change log, as far as anybody can see."""
    rows = ChangeLog.objects.filter(**{f"{position_field()}__gt": position}, customer_id__in=customer_ids)
    return {pk for pk in rows.order_by().values_list("customer_id", flat=True).distinct() if pk is not None}


def write(moves: Sequence[Moves], by_hand: Collection[tuple[int, int]] = ()) -> tuple[int, int]:
    """Write moves of customers that the caller has locked; returns how many entered and left.

    ``by_hand`` are (segment, customer) of those that somebody put in.
    """
    now = timezone.now()
    entered = [move for one in moves for move in _enter(one, now, by_hand)]
    left = [move for one in moves for move in _leave(one, now)]
    for segment, change in _sums(entered, left).items():
        Segment.objects.filter(pk=segment).update(members=Greatest(F("members") + change, 0))
    signals.announce([*entered, *left])
    return len(entered), len(left)


def _sums(entered: Sequence[signals.Moved], left: Sequence[signals.Moved]) -> Counter[int]:
    sums = Counter(move.segment_id for move in entered)
    sums.subtract(move.segment_id for move in left)
    return sums


def _enter(moves: Moves, now: datetime, by_hand: Collection[tuple[int, int]]) -> list[signals.Moved]:
    inside = set(_open(moves.segment_id, moves.entering).values_list("customer_id", flat=True))
    fresh = [pk for pk in dict.fromkeys(moves.entering) if pk not in inside]
    if not fresh:
        return []
    at = connection.ops.adapt_datetimefield_value(now)
    names = ("segment_id", "customer_id", "version_id", "reason", "entered_at", "left_at")
    rows = (
        (moves.segment_id, pk, moves.version_id, _reason((moves.segment_id, pk) in by_hand), at, None)
        for pk in fresh
    )
    insert_prepared(Membership, names, rows)
    return [signals.Moved(moves.segment_id, pk, True, now) for pk in fresh]


def _reason(by_hand: bool) -> str:
    return str(Reason.BY_HAND if by_hand else Reason.CONDITIONS)


def _leave(moves: Moves, now: datetime) -> list[signals.Moved]:
    found = dict(_open(moves.segment_id, moves.leaving).values_list("pk", "customer_id"))
    if found:
        Membership.objects.filter(pk__in=found).update(left_at=now)
    return [signals.Moved(moves.segment_id, pk, False, now) for pk in found.values()]


def _open(segment_id: int, customer_ids: Sequence[int]) -> QuerySet[Membership]:
    found = Membership.objects.filter(segment_id=segment_id, left_at__isnull=True)
    return found.filter(customer_id__in=customer_ids) if customer_ids else found.none()


@dataclass(frozen=True)
class ByHand:
    """Who is always or never in which segment, whatever the conditions say."""

    included: frozenset[tuple[int, int]]
    excluded: frozenset[tuple[int, int]]

    def of(self, segment_id: int) -> tuple[set[int], set[int]]:
        """Included and excluded customers of one segment."""
        return (
            {pk for segment, pk in self.included if segment == segment_id},
            {pk for segment, pk in self.excluded if segment == segment_id},
        )


def by_hand(segment_ids: Collection[int], customer_ids: Collection[int] | None = None) -> ByHand:
    """The choices for these segments; of living customers."""
    rows = ManualChoice.objects.filter(segment_id__in=segment_ids, customer__deleted_at__isnull=True)
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=customer_ids)
    found: dict[str, set[tuple[int, int]]] = {Choice.INCLUDE: set(), Choice.EXCLUDE: set()}
    for segment, customer, choice in rows.values_list("segment_id", "customer_id", "choice"):
        found[choice].add((segment, customer))
    return ByHand(frozenset(found[Choice.INCLUDE]), frozenset(found[Choice.EXCLUDE]))
