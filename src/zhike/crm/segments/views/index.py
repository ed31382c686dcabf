"""All segments that a person sees, and the templates to begin a new one with."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import get_language

from zhike.crm.segments import base, fields, figures, queries, starters, wording
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request

BY_NAME = Sort("name", "name")
#: Segments of one page.
ASKED = 50


@requires("insight.view")
def index(request: Request) -> HttpResponse:
    """Each segment with what it says, how many it has, what moved and what is wrong with it."""
    text, state = request.GET.get("q", "").strip()[:80], request.GET.get("state", "")
    found = queries.visible_segments(request.user).select_related("owner", "version")
    if state in SegmentState.values:
        found = found.filter(state=state)
    else:
        found = found.exclude(state=SegmentState.ARCHIVED)
    if text:
        found = found.filter(name__icontains=text) | found.filter(description__icontains=text)
    page = paginate(found, BY_NAME, cursor=request.GET.get("cursor", ""))
    rows = _rows(request, page.rows)
    context = {
        "rows": rows,
        "uncounted": urlencode([("segment", row["segment"].pk) for row in rows if row["size"] is None]),
        "page": page,
        "query": text,
        "state": state,
        "states": SegmentState.choices,
        "can_edit": allowed(request.user, "segments.edit"),
        "sees_all": figures.sees_everybody(request.user),
        "waiting": next((one for one in page.rows if queries.is_waiting(one)), None),
        "as_of": base.as_of(),
        "available": base.available(),
    }
    return render(request, "segments/list.html", context)


def _rows(request: Request, segments: list[Segment]) -> list[dict[str, Any]]:
    sizes = figures.sizes(request.user, segments, at_once=True)
    changes = figures.last_changes(request.user, segments)
    revenues = figures.revenues(request.user, segments)
    everybody = figures.everybody(request.user)
    language, catalogue = get_language() or "en", fields.whole()
    return [
        {
            "segment": one,
            "share": sizes[one.pk] / everybody if everybody and one.pk in sizes else None,
            "said": wording.said(one.definition, language, catalogue),
            "size": sizes.get(one.pk),
            "change": changes.get(one.pk),
            "revenue": revenues.get(one.pk),
            "waiting": queries.is_waiting(one),
            "problem": wording.problem(one.problem),
            "is_changed": wording.is_changed(one),
        }
        for one in segments
    ]


@requires("insight.view", "segments.edit")
def begin(request: Request) -> HttpResponse:
    """From scratch or from a template of the trade."""
    language, catalogue = get_language() or "en", base.catalogue(request.user)
    found = [
        {"starter": starter, "said": wording.said(definition, language, catalogue)}
        for starter, definition in starters.offered(catalogue)
    ]
    context = {
        "starters": found,
        "missing": starters.missing(catalogue),
        "available": base.available(),
    }
    return render(request, "segments/begin.html", context)


@requires("insight.view")
def seen(request: Request) -> HttpResponse:
    """How many members of each the person sees; asked for by the list where that takes a while."""
    asked = [int(one) for one in request.GET.getlist("segment")[:ASKED] if one.isdecimal() and len(one) < 19]
    segments = list(queries.visible_segments(request.user).filter(pk__in=asked))
    counts, everybody = figures.sizes(request.user, segments), figures.everybody(request.user)
    sizes = [(one, counts[one.pk]) for one in segments]
    rows = [
        {"segment": one, "size": size, "share": size / everybody if everybody else None}
        for one, size in sizes
    ]
    return render(request, "segments/_seen.html", {"rows": rows})


@requires("insight.view", "segments.edit")
def sizes(request: Request) -> HttpResponse:
    """How many each template describes at present; asked for by the page of templates once it stands."""
    offered = {starter.code: made for starter, made in starters.offered(base.catalogue(request.user))}
    found = queries.sizes(request.user, offered)
    return render(request, "segments/_sizes.html", {"sizes": found.items()})
