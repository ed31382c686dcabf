"""Sizes and movements of segments as a person may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from zhike.analytics.segments.comparisons import MONEY_UNITS
from zhike.crm.customers.models import Customer
from zhike.crm.segments import base, queries
from zhike.crm.segments.choices import RunState
from zhike.crm.segments.models import Evaluation, Membership, Segment
from zhike.platform import charts
from zhike.platform.figures import Figure
from zhike.platform.permissions import RowScope, row_scope

#: So many evaluations make the line of a segment's size, so many moves its latest news.
POINTS, NEWS = 120, 12


@dataclass(frozen=True, slots=True)
class Move:
    """A customer came or went."""

    customer: Any
    entered: bool
    at: datetime
    by_hand: bool


def sees_everybody(user: Any) -> bool:
    return row_scope(user) == RowScope.ALL


def sizes(user: Any, segments: Sequence[Segment]) -> dict[int, int]:
    """Members of each segment that the person sees."""
    if sees_everybody(user):
        return {segment.pk: segment.members for segment in segments}
    open_ones = Membership.objects.visible_to(user).filter(segment__in=segments, left_at__isnull=True)
    return dict(open_ones.order_by().values_list("segment").annotate(Count("id")))


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


def first_members(user: Any, segment: Segment, day: date | None, most: int) -> list[Customer]:
    """Some members: those who came last; of an earlier day the newest customers."""
    if day is not None:
        return list(queries.members(user, segment, day).order_by("-pk")[:most])
    rows = Membership.objects.visible_to(user).filter(segment=segment, left_at__isnull=True)
    return [one.customer for one in _latest(rows, "-entered_at", most)]


def _latest(rows: QuerySet[Membership], order: str, most: int) -> QuerySet[Membership]:
    """The first rows with their customers, who are read for these alone: sorting would carry them all."""
    keys = rows.order_by(order).values("pk")[:most]
    return Membership.objects.filter(pk__in=keys).select_related("customer").order_by(order)


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


def news(user: Any, segment: Segment) -> list[Move]:
    """Who came and went last, the newest first."""
    rows = Membership.objects.visible_to(user).filter(segment=segment)
    came = _latest(rows, "-entered_at", NEWS)
    went = _latest(rows.filter(left_at__isnull=False), "-left_at", NEWS)
    moves = [Move(one.customer, True, one.entered_at, one.reason == "by_hand") for one in came]
    moves += [Move(one.customer, False, one.left_at, False) for one in went if one.left_at]
    return sorted(moves, key=lambda move: move.at, reverse=True)[:NEWS]
