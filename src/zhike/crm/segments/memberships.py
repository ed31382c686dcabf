"""Writing memberships: some customers enter a segment, some leave, and whoever listens is told.

Every act is one transaction over customers that it has locked: what is stored, what is announced and how far
the work has come are true together. Entering twice or leaving twice is not possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from zhike.crm.customers.models import Customer
from zhike.crm.segments import signals
from zhike.crm.segments.choices import Choice, Reason
from zhike.crm.segments.models import ManualChoice, Membership, Segment
from zhike.platform.changes import position_field
from zhike.platform.models import ChangeLog
from zhike.platform.rows import Gathered, as_rows, insert_prepared
from zhike.platform.store import is_sqlite


@dataclass(frozen=True)
class Wish:
    """Who is to be in a segment, of the customers that are settled."""

    segment_id: int
    version_id: int | None
    inside: AbstractSet[int]


#: Customers by segment.
Places = dict[int, AbstractSet[int]]


def settle(
    customer_ids: Sequence[int],
    wishes: Sequence[Wish],
    *,
    since: int | None = None,
    by_hand: Collection[tuple[int, int]] = (),
) -> tuple[int, int]:
    """Let some customers be in the segments as wished, within the caller's transaction.

    Who no longer lives is in none. Those with a change after the place ``since`` of the change log are left
    to a later look. ``by_hand`` are (segment, customer) of those that somebody put in. Returns how many
    entered and left.
    """
    living = lock(customer_ids)
    wishes = _standing(wishes)
    late = set() if since is None else changed_since(since, customer_ids)
    settled = [pk for pk in customer_ids if pk not in late] if late else customer_ids
    stored = _stored({one.segment_id for one in wishes}, settled)
    now, chosen = timezone.now(), living.difference(late)
    entering: Places = {}
    leaving: Places = {}
    for one in wishes:
        wanted, before = one.inside & chosen, stored[one.segment_id]
        entering[one.segment_id] = wanted - before.keys()
        leaving[one.segment_id] = before.keys() - wanted
    _enter(wishes, entering, now, by_hand)
    _leave([stored[segment][pk] for segment, gone in leaving.items() for pk in gone], now)
    _count(entering, leaving)
    signals.announce(_moved(entering, leaving, now))
    return sum(map(len, entering.values())), sum(map(len, leaving.values()))


def lock(customer_ids: Collection[int]) -> set[int]:
    """Those that live, locked against every other writer of memberships until the transaction ends."""
    rows = Customer.objects.filter(pk__in=as_rows(customer_ids), deleted_at__isnull=True).order_by("pk")
    if connection.features.has_select_for_no_key_update:
        rows = rows.select_for_update(no_key=True)
    return set(rows.values_list("pk", flat=True))


def _standing(wishes: Sequence[Wish]) -> list[Wish]:
    """Those of segments that nobody has deleted, nor can until the transaction ends."""
    ids = sorted({one.segment_id for one in wishes})
    rows = Segment.objects.filter(pk__in=ids).order_by("pk").values_list("pk")
    text, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(text if is_sqlite() else f"{text} FOR KEY SHARE", values)
        standing = {pk for (pk,) in cursor.fetchall()}
    return [one for one in wishes if one.segment_id in standing]


def changed_since(
    position: int, customer_ids: Collection[int] | None = None, *, most: int | None = None
) -> set[int]:
    """Those of the customers with a change after a place in the change log, as far as anybody can see."""
    rows = ChangeLog.objects.filter(**{f"{position_field()}__gt": position})
    if not rows.exists():
        return set()
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=as_rows(customer_ids))
    found = rows.order_by().values_list("customer_id", flat=True).distinct()[:most]
    return {pk for pk in found if pk is not None}


def _stored(segment_ids: AbstractSet[int], customer_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Open memberships by segment and customer: of one segment by both, of several by the customers."""
    rows = Membership.objects.filter(customer_id__in=as_rows(customer_ids), left_at__isnull=True)
    if len(segment_ids) == 1:
        rows = rows.filter(segment_id__in=segment_ids)
    lists = (
        rows.order_by().values_list("segment_id").annotate(who=Gathered("customer_id"), pks=Gathered("pk"))
    )
    stored = {segment: dict(zip(customers, keys, strict=True)) for segment, customers, keys in lists}
    return {segment: stored.get(segment, {}) for segment in segment_ids}


def _enter(
    wishes: Sequence[Wish], entering: Places, now: datetime, by_hand: Collection[tuple[int, int]]
) -> None:
    if not any(entering.values()):
        return
    at = connection.ops.adapt_datetimefield_value(now)
    reasons = {False: str(Reason.CONDITIONS), True: str(Reason.BY_HAND)}
    names = ("segment_id", "customer_id", "version_id", "reason", "entered_at", "left_at")
    rows = (
        (one.segment_id, pk, one.version_id, reasons[(one.segment_id, pk) in by_hand], at, None)
        for one in wishes
        for pk in sorted(entering[one.segment_id])
    )
    insert_prepared(Membership, names, rows)


def _leave(membership_ids: Sequence[int], now: datetime) -> None:
    if membership_ids:
        Membership.objects.filter(pk__in=as_rows(membership_ids)).update(left_at=now)


def _count(entering: Places, leaving: Places) -> None:
    """The numbers of members; always in the same order, so that nobody waits in a circle."""
    sums = Counter({segment: len(found) for segment, found in entering.items()})
    sums.subtract({segment: len(found) for segment, found in leaving.items()})
    rows = [(change, segment) for segment, change in sorted(sums.items()) if change]
    larger = "MAX" if is_sqlite() else "GREATEST"
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE segments_segment SET members = {larger}(members + %s, 0) WHERE id = %s", rows
            )


def _moved(entering: Places, leaving: Places, now: datetime) -> Iterator[signals.Moved]:
    for found, entered in ((entering, True), (leaving, False)):
        for segment, customers in found.items():
            for pk in sorted(customers):
                yield signals.Moved(segment, pk, entered, now)


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
        rows = rows.filter(customer_id__in=as_rows(customer_ids))
    found: dict[str, set[tuple[int, int]]] = {Choice.INCLUDE: set(), Choice.EXCLUDE: set()}
    for segment, customer, choice in rows.values_list("segment_id", "customer_id", "choice"):
        found[choice].add((segment, customer))
    return ByHand(frozenset(found[Choice.INCLUDE]), frozenset(found[Choice.EXCLUDE]))
