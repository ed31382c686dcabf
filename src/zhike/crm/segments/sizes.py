"""How many members of each segment a person sees, without counting many of them one by one.

Who sees everybody reads the segment's own number. Of who sees few customers their places are counted, of a
small segment its members. The members of a large one were tallied by its last evaluation, by who looked
after them as of its base; what has moved since is added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from zhike.crm.customers.models import Customer
from zhike.crm.customers.ownership_models import customer_scope, shared_with
from zhike.crm.segments.models import Membership, Segment, Tally
from zhike.platform import memo
from zhike.platform.permissions import RowScope, row_scope, scope_filter
from zhike.platform.rows import as_rows

#: Who sees no more customers than these has them looked up; so many members are counted each time.
FEW, SMALL = 2_000, 2_000
#: So many members of segments without a tally are counted while a page is made.
AT_ONCE = 50_000


def sees_everybody(user: Any) -> bool:
    return row_scope(user) == RowScope.ALL


def sizes(user: Any, segments: Sequence[Segment], *, at_once: bool = False) -> dict[int, int]:
    """Members of each segment that the person sees; ``at_once`` leaves out what takes a while to count."""
    if sees_everybody(user):
        return {one.pk: one.members for one in segments}
    open_ones = Membership.objects.visible_to(user).filter(left_at__isnull=True)
    large = [one for one in segments if one.members > SMALL]
    few = few_of(user) if large else None
    if few is not None:
        return _counted(open_ones.filter(customer_id__in=as_rows(few)), segments)
    tallied = [one for one in large if one.tallied_at]
    others = [one for one in segments if one not in tallied]
    found = _tallied(user, tallied) if tallied else {}
    if at_once and sum(one.members for one in others) > AT_ONCE:
        return found
    return found | _counted(open_ones, others)


def few_of(user: Any) -> list[int] | None:
    """The customers that the person sees where they are few."""
    seen = seen_by(user).order_by().values_list("pk", flat=True)[: FEW + 1]
    found = memo.once(f"few customers of {user.pk}", lambda: list(seen))
    return found if len(found) <= FEW else None


def seen_by(user: Any) -> QuerySet[Customer]:
    """The customers whose memberships the person sees."""
    return Customer.objects.filter(customer_scope(user), deleted_at__isnull=True)


def _counted(rows: QuerySet[Membership], segments: Sequence[Segment]) -> dict[int, int]:
    found = rows.filter(segment__in=segments).order_by().values_list("segment").annotate(Count("pk"))
    return {one.pk: 0 for one in segments} | (dict(found) if segments else {})


def _tallied(user: Any, segments: Sequence[Segment]) -> dict[int, int]:
    rows = Tally.objects.visible_to(user).filter(segment__in=segments).order_by()
    found = Counter(dict(rows.values_list("segment").annotate(Sum("members"))))
    found.update(_moved(user, segments))
    if shared_with(user):
        found.update(_lent(user, segments))
    return {one.pk: max(found[one.pk], 0) for one in segments}


def _moved(user: Any, segments: Iterable[Segment]) -> dict[int, int]:
    """How many more of the person's own are in each than when it was tallied.

    Who came or went is found by the moment; whose they are is looked up one by one.
    """
    came, went = Q(pk__in=[]), Q(pk__in=[])
    for one in segments:
        came |= Q(segment=one, left_at__isnull=True, entered_at__gt=one.tallied_at)
        went |= Q(segment=one, left_at__gt=one.tallied_at, entered_at__lte=one.tallied_at)
    mine = Exists(Customer.objects.filter(scope_filter(user), pk=OuterRef("customer_id")))
    rows = Membership.objects.filter(came | went).filter(mine).order_by().values_list("segment")
    more = Count("pk", filter=Q(left_at__isnull=True)) - Count("pk", filter=Q(left_at__isnull=False))
    return dict(rows.annotate(more=more))


def _lent(user: Any, segments: Iterable[Segment]) -> dict[int, int]:
    """Members that colleagues share with the person, who are in nobody's tally for them."""
    lent = seen_by(user).exclude(scope_filter(user)).order_by().values("pk")
    rows = Membership.objects.filter(segment__in=segments, left_at__isnull=True, customer__in=lent)
    return dict(rows.order_by().values_list("segment").annotate(Count("pk")))
