"""Sizes and movements of segments as a person may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from zhike.analytics.segments.comparisons import MONEY_UNITS
from zhike.crm.segments import base, queries
from zhike.crm.segments.choices import RunState
from zhike.crm.segments.models import Evaluation, Membership, Segment
from zhike.crm.segments.sizes import few_of, seen_by, sees_everybody, sizes
from zhike.platform import charts
from zhike.platform.figures import Figure
from zhike.platform.rows import as_rows

#: So many evaluations make the line of a segment's size, so many moves its latest news.
POINTS, NEWS = 120, 12
#: So many of a segment's last moves are looked through for those of one's own customers, before all are.
LOOKS = (2_000, 10_000)


#: Net revenue of the last 12 months by segment, as far as it was measured and the person may see it.
Revenues = Callable[[Any, Sequence[Segment]], Mapping[int, Decimal]]
_revenues: list[Revenues] = []


def register_revenues(read: Revenues) -> None:
    """The room that measures segments lets their list show what it stored."""
    if read not in _revenues:
        _revenues.append(read)


def revenues(user: Any, segments: Sequence[Segment]) -> Mapping[int, Decimal]:
    return {pk: sum_ for read in _revenues for pk, sum_ in read(user, segments).items()}


@dataclass(frozen=True, slots=True)
class Move:
    """A customer came or went."""

    customer: Any
    entered: bool
    at: datetime
    by_hand: bool


def everybody(user: Any) -> int:
    """Customers of whom segments are shares: those of the base that the person sees."""
    return queries.everybody(user) if base.available() else 0


def worth(user: Any, segment: Segment) -> list[Figure]:
    """What the members that a person sees are together, as of the last analysis."""
    if not base.available():
        return []
    members, people, net, total = queries.worth(user, segment.pk)
    revenue = Decimal(net) / MONEY_UNITS
    each = revenue / members if members else None
    return [
        Figure(_("Share of customers"), members / people if people else None, "percent", icon="users"),
        Figure(_("Net revenue"), revenue, "money", icon="coin"),
        Figure(_("Share of net revenue"), net / total if total > 0 else None, "percent", icon="chart-pie"),
        Figure(_("Net revenue per member"), each, "money", icon="user"),
    ]


def last_changes(user: Any, segments: Iterable[Segment]) -> dict[int, tuple[int, int]]:
    """How many entered and left with the last evaluation; only for who sees everybody."""
    if not sees_everybody(user):
        return {}
    done = Evaluation.objects.filter(segment__in=list(segments), state=RunState.DONE).order_by()
    last = done.values("segment").annotate(last=Max("id")).values_list("last", flat=True)
    found = Evaluation.objects.filter(pk__in=list(last))
    return {one.segment_id: (one.entered, one.left) for one in found}


@dataclass(frozen=True, slots=True)
class Lately:
    """Of the memberships that a person sees the number of open ones, the last of them and the last ended."""

    count: int
    open: list[Membership]
    ended: list[Membership]


def lately(user: Any, segment: Segment, most: int) -> Lately:
    count = sizes(user, [segment])[segment.pk]
    open_ones, gone = (segment.memberships.filter(left_at__isnull=is_open) for is_open in (True, False))
    last = _last(user, open_ones, "entered_at", most) if count else []
    ended = _last(user, gone, "left_at", most)
    return Lately(count, _with_customers(last, "-entered_at"), _with_customers(ended, "-left_at"))


def _last(user: Any, rows: QuerySet[Membership], moment: str, most: int) -> list[int]:
    """The last of some memberships by a moment of theirs, of the customers that the person sees.

    They stand at the end of the segment's index; whose they are is looked up by the customer. Of a large
    segment others may see next to nobody: then all are looked at, sorted by an expression, so that no index
    is walked past the customers of others.
    """
    latest = rows.order_by(f"-{moment}").values_list("pk", flat=True)
    if sees_everybody(user):
        return list(latest[:most])
    few = few_of(user)
    for look in LOOKS if few is None else ():
        some = list(latest[:look])
        found = _seen(user, some)[:most]
        if len(found) == most or len(some) < look:
            return found
    if few is not None:
        mine = rows.filter(customer_id__in=as_rows(few))
    else:
        mine = rows.filter(customer__in=seen_by(user))
    return list(mine.order_by(Coalesce(F(moment), F(moment)).desc()).values_list("pk", flat=True)[:most])


def _seen(user: Any, pks: Sequence[int]) -> list[int]:
    """Of memberships those whose customers the person sees, each looked up by itself."""
    mine = Exists(seen_by(user).filter(pk=OuterRef("customer_id")))
    rows = Membership.objects.filter(mine, pk__in=as_rows(pks)).order_by()
    seen = set(rows.values_list("pk", flat=True)) if pks else set()
    return [pk for pk in pks if pk in seen]


def _with_customers(pks: list[int], order: str) -> list[Membership]:
    """Customers are read for these alone: sorting would carry them all."""
    return list(Membership.objects.filter(pk__in=pks).select_related("customer").order_by(order))


def trend(user: Any, segment: Segment) -> dict[str, Any] | None:
    """The size from evaluation to evaluation, the last one of a day."""
    if not sees_everybody(user):
        return None
    done = segment.evaluations.filter(state=RunState.DONE).values_list("as_of", "members")[: POINTS * 4]
    days: dict[Any, int] = {}
    for day, members in done:
        days.setdefault(day, members)
    if len(days) < 2:
        return None
    points = sorted(days.items())[-POINTS:]
    return charts.line(
        title=_("Members over time"),
        labels=[day.isoformat() for day, _members in points],
        series=[charts.Series(_("Members"), [members for _day, members in points])],
        unit="customers",
    )


def news(found: Lately) -> list[Move]:
    """Who came and went last, the newest first: who came earlier than all of these is not among them."""
    rows = {one.pk: one for one in (*found.open, *found.ended)}.values()
    moves = [Move(one.customer, True, one.entered_at, one.reason == "by_hand") for one in rows]
    moves += [Move(one.customer, False, one.left_at, False) for one in found.ended if one.left_at]
    return sorted(moves, key=lambda move: move.at, reverse=True)[:NEWS]
