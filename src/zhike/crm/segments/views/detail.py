"""One segment: what it says, who is in it, what moved, where it is used, its versions and evaluations."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhike.analytics.problems import SettingsError
from zhike.crm.customers.models import Customer
from zhike.crm.segments import answers, base, fields, figures, queries, wording
from zhike.crm.segments.models import ManualChoice, Segment
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request

LATEST = 10


@requires("insight.view")
def detail(request: Request, pk: int) -> HttpResponse:
    segment = seen(request, pk)
    day, wrong_day = _asked_day(request)
    lately = figures.lately(request.user, segment, figures.NEWS)
    context = {
        **_state(request, segment),
        "day": day,
        "wrong_day": wrong_day,
        **_members(request, segment, day, lately),
        "asked": _number(request.GET.get("customer", "")),
        "sees_all": figures.sees_everybody(request.user),
        "change": figures.last_changes(request.user, [segment]).get(segment.pk),
        "trend": figures.trend(request.user, segment),
        "news": figures.news(lately),
        "chosen": ManualChoice.objects.visible_to(request.user)
        .filter(segment=segment)
        .select_related("customer", "by"),
        "used": _used(request, segment),
        "versions": _versions(segment),
        "evaluations": segment.evaluations.select_related("version")[:LATEST],
    }
    return render(request, "segments/detail.html", context)


def _members(request: Request, segment: Segment, day: date | None, lately: figures.Lately) -> dict[str, Any]:
    """How many, and some of them: those who came last; of an earlier day the newest customers."""
    if day is None:
        return {"members": answers.people(one.customer for one in lately.open), "count": lately.count}
    found = queries.members(request.user, segment, day)
    return {"members": answers.people(found.order_by("-pk")[: figures.NEWS]), "count": found.count()}


def _state(request: Request, segment: Segment) -> dict[str, Any]:
    language, catalogue = get_language() or "en", fields.whole()
    is_changed = wording.is_changed(segment)
    in_force = segment.version.definition if segment.version else segment.definition
    return {
        "segment": segment,
        "said": wording.said(in_force, language, catalogue),
        "draft_said": wording.said(segment.definition, language, catalogue) if is_changed else "",
        "problem": wording.problem(segment.problem),
        "waiting": queries.is_waiting(segment),
        "can_edit": allowed(request.user, "segments.edit"),
        "as_of": base.as_of(),
        "available": base.available(),
    }


def _asked_day(request: Request) -> tuple[date | None, bool]:
    """The day of the address; (None, True) when it is none."""
    text = request.GET.get("as_of", "")
    if not text:
        return None, False
    try:
        return date.fromisoformat(text), False
    except ValueError:
        return None, True


def _used(request: Request, segment: Segment) -> list[dict[str, str]]:
    """Where the segment is used; what the person may not open has no address."""
    found = queries.where_used(segment)
    open_ones = set(
        queries.visible_segments(request.user)
        .filter(pk__in=[one.pk for one in found])
        .values_list("pk", flat=True)
    )
    return [
        {"name": one.name, "url": reverse("segments:detail", args=[one.pk])}
        if one.pk in open_ones
        else {"name": _("A segment that is not shared with you"), "url": ""}
        for one in found
    ]


def _versions(segment: Segment) -> list[dict[str, Any]]:
    language, catalogue = get_language() or "en", fields.whole()
    found = segment.versions.select_related("created_by")[:LATEST]
    return [{"version": one, "said": wording.said(one.definition, language, catalogue)} for one in found]


@requires("insight.view")
def worth(request: Request, pk: int) -> HttpResponse:
    """What the members are worth; asked for once the page stands."""
    found = figures.worth(request.user, seen(request, pk))
    return render(request, "segments/_worth.html", {"figures": found})


@requires("insight.view", "customers.view")
def ask(request: Request) -> HttpResponse:
    """From a customer to the page of a segment, where it is told why the customer is in or not."""
    segment = seen(request, _number(request.GET.get("segment", "")))
    asked = _number(request.GET.get("customer", ""))
    return redirect(f"{reverse('segments:detail', args=[segment.pk])}?customer={asked}#why")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


@requires("insight.view")
def waiting(request: Request, pk: int) -> HttpResponse:
    """Asked while a published segment has no members yet; the page comes anew once it has."""
    segment = seen(request, pk)
    response = render(request, "segments/_waiting.html", {"segment": segment})
    if not queries.is_waiting(segment):
        response["HX-Refresh"] = "true"
        response.status_code = 286
    return response


@requires("insight.view")
def why(request: Request, pk: int) -> HttpResponse:
    """Why a customer is in the segment or not."""
    segment = seen(request, pk)
    known = _number(request.GET.get("customer", ""))
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=known)
    definition = segment.version.definition if segment.version else segment.definition
    try:
        told = answers.why(request.user, definition, customer, of_all=True)
    except SettingsError as error:
        told = {"problems": wording.problems(error)}
    chosen = ManualChoice.objects.filter(segment=segment, customer=customer).first()
    is_member = segment.memberships.filter(customer=customer, left_at__isnull=True).exists()
    context = {
        "segment": segment,
        "customer": customer,
        "told": told,
        "chosen": chosen,
        "is_member": is_member,
        "can_edit": allowed(request.user, "segments.edit"),
    }
    return render(request, "segments/_why.html", context)


@requires("insight.view")
def found(request: Request, pk: int) -> HttpResponse:
    """Customers to ask "why" about, found by typing."""
    segment = seen(request, pk)
    people = answers.search(request.user, request.GET.get("q", ""))
    return render(
        request,
        "segments/_found.html",
        {"segment": segment, "people": people, "query": request.GET.get("q", "")},
    )


def seen(request: Request, pk: int) -> Segment:
    """The segment within the person's rights; another one does not exist for them."""
    rows = queries.visible_segments(request.user).select_related("owner", "version", "version__created_by")
    return get_object_or_404(rows, pk=pk)
