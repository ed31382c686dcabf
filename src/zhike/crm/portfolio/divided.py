"""Filters by segments: members, everybody else, and conditions that are still being written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from zhike.analytics.problems import SettingsError
from zhike.analytics.segments import members
from zhike.crm.customers import conditions
from zhike.crm.portfolio.memberships import numbers
from zhike.crm.segments import base, queries
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.definitions import read_for
from zhike.crm.segments.models import Membership, Segment
from zhike.platform import memo
from zhike.platform.rows import as_rows

IN, OUTSIDE, CONDITIONS = "segment", "not_segment", "conditions"
#: Lists begin with the members of segments up to this size; of larger ones each row is tested.
FEW = 20_000
SHOWN = 500
LABELS = {
    IN: _("In segment"),
    OUTSIDE: _("Not in segment"),
    CONDITIONS: _("Conditions of"),
}


def in_any(query: QueryDict, user: Any) -> Q:
    """Members of any of the segments; one that the person may not see has none."""
    found = _published(query, user, IN)
    if found is None:
        return conditions.NOBODY
    if sum(found.values()) <= FEW:
        return Q(pk__in=_open(found).values("customer_id"))
    return Q(Exists(_open(found).filter(customer=OuterRef("pk"))))


def outside_all(query: QueryDict, user: Any) -> Q:
    """Members of none of the segments. One that is not known leaves nobody: a list never shows more."""
    asked, found = set(query.getlist(OUTSIDE)) - {""}, _published(query, user, OUTSIDE)
    if found is None or len(found) < len(asked):
        return conditions.NOBODY
    return ~Q(Exists(_open(found).filter(customer=OuterRef("pk"))))


def meeting(query: QueryDict, user: Any) -> Q:
    """Who meets the conditions as they are written now, as of the last analysis, whatever was published."""
    pks = numbers([value for value in query.getlist(CONDITIONS) if value])
    segments = list(queries.visible_segments(user).filter(pk__in=pks or []))
    if not pks or len(segments) < len(set(pks)):
        return conditions.NOBODY
    found = Q()
    for segment in segments:
        found &= _described(user, segment.definition)
    return found


def _described(user: Any, source: Any) -> Q:
    meta = base.meta()
    if meta is None:
        return conditions.NOBODY
    try:
        definition = read_for(user, source)
    except SettingsError:
        return conditions.NOBODY
    query = members(definition, base.asked_of(), meta["as_of"])
    rows = base.reader().ask(*base.asking(query, definition))
    return Q(pk__in=as_rows([pk for (pk,) in rows]))


def names_few(query: QueryDict, user: Any) -> bool:
    """True when the address names segments with so few members that a list begins with them."""
    if not any(query.getlist(IN)):
        return any(query.getlist(CONDITIONS))
    found = _published(query, user, IN)
    return found is None or sum(found.values()) <= FEW


def pairs(user: Any) -> Sequence[tuple[str, str]]:
    """Published segments to choose from."""
    return [(str(pk), name) for pk, (name, _members) in _choosable(user).items()]


def _choosable(user: Any) -> dict[int, tuple[str, int]]:
    """Names and numbers of members of the published segments that the person sees, the first by name."""
    rows = _visible(user).values_list("pk", "name", "members")[:SHOWN]
    return memo.once(f"segments of {user.pk}", lambda: {pk: (name, members) for pk, name, members in rows})


def _visible(user: Any) -> QuerySet[Segment]:
    return queries.visible_segments(user).filter(state=SegmentState.PUBLISHED)


def tried(user: Any) -> Sequence[tuple[str, str]]:
    """Segments whose conditions can be tried: those being written, and the published ones."""
    rows = queries.visible_segments(user).exclude(state=SegmentState.ARCHIVED)
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:SHOWN]]


def _published(query: QueryDict, user: Any, name: str) -> dict[int, int] | None:
    """The segments that an address names and the person may see, with their numbers of members."""
    pks = numbers([value for value in query.getlist(name) if value])
    if pks is None:
        return None
    known = _choosable(user) if pks else {}
    found = {pk: known[pk][1] for pk in pks if pk in known}
    if len(known) == SHOWN and len(found) < len(set(pks)):
        found |= dict(_visible(user).filter(pk__in=pks).order_by().values_list("pk", "members"))
    return found


def _open(pks: Iterable[int]) -> Any:
    return Membership.objects.filter(segment_id__in=list(pks), left_at__isnull=True).order_by()
