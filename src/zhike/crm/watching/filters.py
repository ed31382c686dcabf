"""The filters of the customer list that open what watching counted: who is in several groups, who moved, who
came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import conditions
from zhike.crm.insight import days, labels, queries, snapshots, versions
from zhike.crm.insight.models import StageHistory, TierAssignment, TierHistory, TierModel
from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.portfolio.bought import as_rows
from zhike.crm.portfolio.filters import Filter, register
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Membership, Segment
from zhike.crm.watching import periods, spans
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.codes import (
    ANY,
    MOVING,
    NOWHERE,
    RANKS,
    SOMEWHERE,
    Cohort,
    Flow,
    Member,
    cohort_of,
    flow_of,
    member_of,
)
from zhike.crm.watching.groups import model_name
from zhike.crm.watching.models import ModelSpan


def register_filters() -> None:
    register(
        Filter(
            "member", _("In the group"), by_query=_members, kind="hidden", say_to=member_words, insight=True
        ),
        Filter("flow", _("Movement"), by_query=_flows, kind="hidden", together=flow_words, insight=True),
        Filter("cohort", _("Cohort"), by_query=_cohorts, kind="hidden", say=cohort_words, insight=True),
    )


def _members(query: QueryDict, user: Any) -> Q:
    """Customers who are in all the groups, and outside of those that are marked so."""
    found = Q()
    for text in filter(None, query.getlist("member")):
        one = member_of(text)
        condition = _in_group(one, user) if one else None
        if one is None or condition is None:
            return conditions.NOBODY
        found &= ~condition if one.outside else condition
    return found


def _in_group(one: Member, user: Any) -> Q | None:
    """None where the group does not exist, or is not the person's to see."""
    if one.kind == Kind.TIER:
        return Q(score__tier=one.ref)
    if one.kind == Kind.MODEL:
        # A set of its own: two models at once must not be asked of one row.
        given = TierAssignment.objects.filter(model=one.model, tier=one.tier).order_by()
        return Q(pk__in=given.values("customer_id"))
    if not _sees(user, one.ref):
        return None
    rows = Membership.objects.filter(segment=one.ref, left_at__isnull=True)
    return Q(pk__in=rows.order_by().values("customer_id"))


def _sees(user: Any, segment: int) -> bool:
    rows = Segment.objects.visible_to(user)
    return rows.filter(pk=segment, state=SegmentState.PUBLISHED).exists()


def member_words(user: Any, text: str) -> str:
    one = member_of(text)
    if one is None:
        return text
    name = _group_name(user, one)
    return gettext("not %(group)s") % {"group": name} if one.outside else name


def _group_name(user: Any, one: Member) -> str:
    """A segment that the person does not see has no name."""
    if one.kind == Kind.SEGMENT:
        rows = Segment.objects.visible_to(user).filter(pk=one.ref)
        return rows.values_list("name", flat=True).first() or "–"
    if one.kind == Kind.TIER:
        model, _day = queries.model_and_day()
        return labels.tier_names(model).get(one.ref, str(one.ref))
    found = TierModel.objects.filter(pk=one.model).first()
    return model_tier_name(found, one.tier) if found else "–"


def model_tier_name(model: TierModel, tier: int) -> str:
    """“Potential: high”, for a tier of a model beside the primary one."""
    version = versions.current_of(model)
    names = labels.tier_names(versions.calibration_of(version).model if version else None)
    return f"{model_name(model)}: {names.get(tier, tier)}"


def _flows(query: QueryDict, user: Any) -> Q:
    """Customers of any of the flows."""
    found = conditions.NOBODY
    for text in filter(None, query.getlist("flow")):
        one = flow_of(text)
        if one is None or (one.segment and not _sees(user, one.segment)):
            return conditions.NOBODY
        found |= _at(one, one.source, one.start) & _at(one, one.target, one.end)
    return found


def _at(flow: Flow, state: str, day: date) -> Q:
    """In a state at the close of a day."""
    if state == ANY:
        return Q()
    held = _held(flow, None if state in (NOWHERE, SOMEWHERE) else state, day)
    inside = Q(pk__in=held.order_by().values("customer_id"))
    return ~inside if state == NOWHERE else inside


def _held(flow: Flow, state: str | None, day: date) -> Any:
    if flow.segment:
        return _members_on(flow.segment, day)
    rows: QuerySet[Any]
    if flow.model:
        rows, known = ModelSpan.objects.filter(model=flow.model), {"tier": state}
    elif flow.what == "tier":
        rows, known = TierHistory.objects.filter(tier__gt=0), {"tier": state}
    else:
        rows, known = StageHistory.objects.filter(lifecycle__in=MOVING), {"lifecycle": state}
    lasting = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    return rows.filter(lasting, valid_from__lte=day, **(known if state else {}))


def _members_on(segment: int, day: date) -> Any:
    """As ``spans.memberships`` counts: who is a member now was it on the day of the analysis too."""
    close = datetime.combine(day + timedelta(days=1), time(), spans.company_offset())
    rows = Membership.objects.filter(segment=segment)
    here = Q(entered_at__lt=close) & (Q(left_at__isnull=True) | Q(left_at__gte=close))
    as_of = days.day_of(snapshots.reader().meta()["as_of"])
    return rows.filter(here | Q(left_at__isnull=True) if as_of and day >= as_of else here)


def flow_words(user: Any, texts: Sequence[str]) -> str:
    """“At risk → Lost, 2026-08-24 – 2026-11-22”; many flows are counted."""
    flows = [one for one in map(flow_of, texts) if one]
    if not flows:
        return ", ".join(texts)
    between = f"{flows[0].start.isoformat()} – {flows[0].end.isoformat()}"
    if len(flows) > 3:
        return gettext("%(count)s ways, %(between)s") % {"count": len(flows), "between": between}
    told = [f"{_state_name(user, one, one.source)} → {_state_name(user, one, one.target)}" for one in flows]
    return f"{gettext(', ').join(told)} ({between})"


def _state_name(user: Any, flow: Flow, state: str) -> str:
    if state in (ANY, SOMEWHERE):
        return gettext("any")
    if flow.segment:
        name = _group_name(user, Member(Kind.SEGMENT, flow.segment))
        return name if state != NOWHERE else gettext("not %(group)s") % {"group": name}
    if state == NOWHERE:
        return gettext("none")
    if flow.what == "stage":
        return labels.stage_name(state)
    if flow.model:
        return _group_name(user, Member(Kind.MODEL, flow.model * RANKS + int(state)))
    return _group_name(user, Member(Kind.TIER, int(state)))


def _cohorts(query: QueryDict, user: Any) -> Q:
    found = Q()
    for text in filter(None, query.getlist("cohort")):
        one = cohort_of(text)
        found &= _cohort(one, user) if one else conditions.NOBODY
    return found


def _cohort(one: Cohort, user: Any) -> Q:
    """First bought in one period and again in the other, as the snapshot knows it; within the row scope."""
    base = snapshot_for(user)
    if base is None:
        return conditions.NOBODY
    (first, last), (begin, end) = periods.span(one.first), periods.span(one.again)
    text = (
        "SELECT LIST(c.customer_id) AS ids FROM customers c WHERE {scope} "
        "AND c.first_order BETWEEN $first AND $last AND c.customer_id IN "
        "(SELECT m.customer_id FROM months m WHERE m.orders > 0 AND m.month BETWEEN $begin AND $end)"
    )
    values = {"first": days.number(first), "last": days.number(last)}
    months = {"begin": begin.year * 100 + begin.month, "end": end.year * 100 + end.month}
    return Q(pk__in=as_rows(base.row(text, **values, **months)["ids"] or []))


def cohort_words(text: str) -> str:
    one = cohort_of(text)
    if one is None:
        return text
    words = {"first": periods.name(one.first), "again": periods.name(one.again)}
    return gettext("first bought in %(first)s, and in %(again)s") % words
