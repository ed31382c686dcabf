"""Reading segments: what one person sees, how many a definition describes, who, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from zhike.analytics.segments import (
    Catalogue,
    Definition,
    Group,
    Node,
    Not,
    Query,
    alone,
    explain,
    leaves,
    own_values,
    read,
    say_own,
)
from zhike.analytics.segments import count as count_of
from zhike.analytics.segments import funnel as funnel_of
from zhike.analytics.segments import members as members_of
from zhike.analytics.segments import say as said
from zhike.analytics.segments.leaves import Attribute
from zhike.analytics.segments.sampling import SUFFIX, estimate
from zhike.crm.customers.models import Customer, CustomerList
from zhike.crm.insight.queries import snapshot_scope
from zhike.crm.segments import base, few, fields
from zhike.crm.segments.building import EXACT, ROWS
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.definitions import asked_in, read_for
from zhike.crm.segments.models import Membership, Segment
from zhike.platform.models import Installation
from zhike.platform.permissions import allowed

SAMPLE_CUSTOMERS = 20
# Some of the sampled customers may have gone since the base was built.
_SPARE = 20


@dataclass(frozen=True)
class Preview:
    """How many of ``everybody`` a definition describes; with ``sampled`` an estimate, 95 % of them right."""

    count: int
    everybody: int
    sampled: bool = False
    low: int = 0
    high: int = 0
    sample_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """One of the conditions that must all hold: who meets it alone, and who is left after it."""

    pointer: str
    words: str
    alone: int
    left: int


@dataclass(frozen=True)
class Truth:
    """Whether one condition holds for a customer, and what the customer has of it ("" for yes or no)."""

    pointer: str
    words: str
    holds: bool
    own: str = ""


def visible_segments(user: Any) -> QuerySet[Segment]:
    return Segment.objects.visible_to(user)


def segments_of(customer: Customer, as_of: date | None = None) -> QuerySet[Membership]:
    """Memberships with their segments: open ones of what is published, or those at the close of a day."""
    now = Q(left_at__isnull=True, segment__state=SegmentState.PUBLISHED)
    found = Membership.objects.filter(now if as_of is None else at_close(as_of), customer=customer)
    return found.select_related("segment").order_by("segment__name")


def members(user: Any, segment: Segment, as_of: date | None = None) -> QuerySet[Customer]:
    """The members that the person sees: now, or at the close of a day."""
    if not allowed(user, "insight.view"):
        return Customer.objects.none()
    spans = Membership.objects.filter(segment=segment)
    spans = spans.filter(left_at__isnull=True) if as_of is None else spans.filter(at_close(as_of))
    return Customer.objects.visible_to(user).filter(pk__in=spans.values("customer_id"))


def at_close(day: date) -> Q:
    """Memberships that lasted at the close of a day in the company's zone."""
    zone = ZoneInfo(Installation.current().time_zone)
    moment = datetime.combine(day + timedelta(days=1), time(), zone)
    return Q(entered_at__lt=moment) & (Q(left_at__isnull=True) | Q(left_at__gte=moment))


def is_waiting(segment: Segment) -> bool:
    """Whether its members are being found for the first time since it was published."""
    return segment.state == SegmentState.PUBLISHED and segment.evaluated_at is None and not segment.problem


def where_used(segment: Segment) -> list[Segment]:
    """Other segments, published or being edited, whose definition asks for this one."""
    mine = str(segment.pk)
    others = Segment.objects.exclude(pk=segment.pk).select_related("version")
    return [
        one
        for one in others
        if mine in asked_in(one.definition) or (one.version and mine in asked_in(one.version.definition))
    ]


def say(definition: Any, language: str, catalogue: Catalogue | None = None) -> str:
    """The definition as a sentence. Raises ``SettingsError`` when it cannot be read."""
    found = read_for(None, definition, catalogue=catalogue)
    return said(found.root, language, *_names(found))


def _names(definition: Definition) -> tuple[dict[str, str], dict[int, str]]:
    asked = [one for one in definition.segments if one.isdecimal()]
    segments = Segment.objects.filter(pk__in=asked).values_list("pk", "name") if asked else ()
    lists = CustomerList.objects.filter(pk__in=definition.lists).values_list("pk", "name")
    return {str(pk): name for pk, name in segments}, dict(lists) if definition.lists else {}


def preview(user: Any, definition: Any, *, exact: bool = False) -> Preview:
    """How many of the customers that the person sees, and some of them.

    A definition over the customers' own columns is always counted. One that looks at rows is estimated from
    a sample where there are more than ``EXACT`` customers, unless ``exact``.
    """
    found = read_for(user, definition)
    meta = base.meta()
    if meta is None:
        return Preview(0, 0)
    small = _is_sampled(found, meta) and not exact
    if meta["row_count"] > EXACT and found.limit is None and not small:
        return _of_many(user, found, meta["as_of"])
    asked = members_of(replace(found, limit=None) if small else found, _seen_catalogue(), meta["as_of"])
    counted, picked = _counted(user, asked, found, small)
    everybody = _everybody(user, small)
    ids = _visible(user, picked or [])
    if not small:
        return Preview(counted, everybody, sample_ids=ids)
    return _estimated(
        counted, everybody, _everybody(user, False), found.limit.n if found.limit else None, ids
    )


def _of_many(user: Any, definition: Definition, day: int) -> Preview:
    """Counted without a look at who it is; some of them out of the sample, unless too few are in it."""
    counting = count_of(definition, _seen_catalogue(), day)
    text, params, brought = _scoped(user, counting, definition, False)
    ((counted, everybody),) = base.reader().ask(text, params, brought)
    asked = members_of(definition, _seen_catalogue(), day)
    _few, picked = _counted(user, asked, definition, True)
    if len(picked or []) < min(SAMPLE_CUSTOMERS, counted):
        _all, picked = _counted(user, asked, definition, False)
    return Preview(counted, everybody, sample_ids=_visible(user, picked or []))


def _seen_catalogue() -> Any:
    return replace(base.asked_of(), customers=_SEEN)


_SEEN = "people_seen"


def _is_sampled(definition: Definition, meta: Mapping[str, Any]) -> bool:
    if meta["row_count"] <= EXACT:
        return False
    return any(not isinstance(leaf, Attribute) for leaf in leaves(definition.root))


def _counted(user: Any, query: Query, definition: Definition, small: bool) -> tuple[int, list[int] | None]:
    """The number of members, and some of them: their hash decides, so that they stay the same."""
    text, params, brought = _scoped(user, query, definition, small)
    most = SAMPLE_CUSTOMERS + _SPARE
    counting = f"SELECT COUNT(*), min_by(customer_id, hash(customer_id), {most}) FROM ({text})"
    ((count, picked),) = base.reader().ask(counting, params, brought)
    return count, picked


def _scoped(
    user: Any, query: Query, definition: Definition, small: bool
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The query over the customers that the person sees, of the base or of its sample."""
    scope, values = snapshot_scope(user, "c")
    people = f"people{SUFFIX}" if small else "people"
    heads = {name: f"SELECT * FROM {name}{SUFFIX}" for name in ROWS} if small else {}
    heads |= base.buckets_of([definition], people)
    heads[_SEEN] = f"SELECT * FROM {people} c WHERE {scope}"
    text, params, brought = base.asking(query, definition, heads=heads)
    return text, {**params, **values}, brought


def _everybody(user: Any, small: bool) -> int:
    scope, values = snapshot_scope(user, "c")
    people = f"people{SUFFIX}" if small else "people"
    return int(base.reader().query(f"SELECT COUNT(*) FROM {people} c WHERE {scope}", values or None)[0][0])


def everybody(user: Any) -> int:
    return _everybody(user, False)


def worth(user: Any, segment_id: int) -> tuple[int, int, int, int]:
    """Members of a segment and everybody of the base, and the net revenue of both in units."""
    scope, values = snapshot_scope(user, "c")
    text = (
        "SELECT COUNT(m.customer_id), COUNT(*), "
        "COALESCE(SUM(c.net_revenue) FILTER (m.customer_id IS NOT NULL), 0), "
        "COALESCE(SUM(c.net_revenue), 0) FROM people c "
        f"LEFT JOIN members m ON m.customer_id = c.customer_id WHERE {scope}"
    )
    ((count, people, net, total),) = base.reader().ask(text, values, base.members_of([segment_id]))
    return count, people, int(net), int(total)


def _visible(user: Any, ids: list[int]) -> tuple[int, ...]:
    visible = set(Customer.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    return tuple(one for one in ids if one in visible)[:SAMPLE_CUSTOMERS]


def _estimated(hits: int, drawn: int, everybody: int, most: int | None, ids: tuple[int, ...]) -> Preview:
    found = estimate(hits, drawn, everybody)
    most = everybody if most is None else most
    count, low, high = (min(one, most) for one in (found.count, found.low, found.high))
    return Preview(count, everybody, True, low, high, ids)


def matching(user: Any, definition: Any, after: int, most: int) -> list[int]:
    """The first of those who meet a definition, of the customers that the person sees, by id."""
    found = read_for(user, definition)
    meta = base.meta()
    if meta is None:
        return []
    query = members_of(found, _seen_catalogue(), meta["as_of"])
    text, params, brought = _scoped(user, query, found, small=False)
    page = f"SELECT customer_id FROM ({text}) WHERE customer_id > {int(after)} ORDER BY 1 LIMIT {int(most)}"
    return [pk for (pk,) in base.reader().ask(page, params, brought)]


def funnel(user: Any, definition: Any) -> list[Step]:
    """The conditions that must all hold, one after the other; one group of alternatives is one condition."""
    found = read_for(user, definition)
    meta = base.meta()
    nodes = _conditions(found.root)
    if meta is None or not nodes:
        return []
    counts = _counts(user, found, funnel_of(nodes, _seen_catalogue(), meta["as_of"]), meta)
    names = _names(found)
    return [
        Step(node.at, said(node, _language(), *names), counts[2 * n], counts[2 * n + 1])
        for n, node in enumerate(nodes)
    ]


def nested(user: Any, definition: Any) -> dict[str, int]:
    """How many meet each condition and group below the steps of the funnel, by place."""
    found = read_for(user, definition)
    meta = base.meta()
    nodes = [one for step in _conditions(found.root) for one in _below(step)]
    if meta is None or not nodes:
        return {}
    counts = _counts(user, found, alone(nodes, _seen_catalogue(), meta["as_of"]), meta)
    return {node.at: count for node, count in zip(nodes, counts, strict=True)}


def sizes(user: Any, definitions: Mapping[str, Any]) -> dict[str, int]:
    """How many each of some definitions describes, in one statement."""
    meta, catalogue = base.meta(), fields.whole()
    if meta is None or not definitions:
        return {}
    found = [read(one, catalogue) for one in definitions.values()]
    roots = tuple(one.root for one in found)
    parts = ("segments", "lists", "salts", "relations")
    asked: dict[str, Any] = {
        part: frozenset[Any]().union(*(getattr(one, part) for one in found)) for part in parts
    }
    together = Definition(Group("or", roots, "/root"), {}, **asked)
    counts = _counts(user, together, alone(roots, _seen_catalogue(), meta["as_of"]), meta)
    most = [one.limit.n if one.limit else count for one, count in zip(found, counts, strict=True)]
    return {code: min(pair) for code, *pair in zip(definitions, counts, most, strict=True)}


def _below(node: Node) -> Iterator[Node]:
    children = node.children if isinstance(node, Group) else (node.child,) if isinstance(node, Not) else ()
    for child in children:
        yield child
        yield from _below(child)


def _counts(user: Any, found: Definition, query: Query, meta: Mapping[str, Any]) -> list[int]:
    """What a query counts beside everybody; out of a sample as many as that means of everybody."""
    small = _is_sampled(found, meta)
    text, params, brought = _scoped(user, query, found, small)
    everybody, *counts = base.reader().ask(text, params, brought)[0]
    times = _everybody(user, False) / everybody if small and everybody else 1
    return [round(count * times) for count in counts]


def _conditions(root: Node) -> tuple[Node, ...]:
    if isinstance(root, Group) and root.op == "and":
        return root.children
    return (root,)


def why(user: Any, definition: Any, customer_id: int) -> list[Truth]:
    """The truth of each condition for one customer, from the operational rows of this moment."""
    found = read_for(user, definition)
    if not Customer.objects.visible_to(user).filter(pk=customer_id).exists():
        return []
    names = _names(found)
    with few.opened([customer_id], [found]) as some:
        query = explain(found, some.catalogue, some.day, [customer_id])
        rows = some.session.rows(query.text, **query.params)
        query = own_values(found, some.catalogue, some.day, [customer_id])
        own = some.session.rows(query.text, **query.params)
    asked, language = list(leaves(found.root)), _language()
    truths = rows[0][2:] if rows else [False] * len(asked)
    values = own[0][1:] if own else [None] * len(asked)
    return [
        Truth(leaf.at, said(leaf, language, *names), bool(holds), say_own(leaf, value, language))
        for leaf, holds, value in zip(asked, truths, values, strict=True)
    ]


def _language() -> str:
    return get_language() or "en"
