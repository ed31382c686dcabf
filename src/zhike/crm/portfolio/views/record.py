"""One customer: who, tier and why, value, risk, what is open, and everything that happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django_htmx.http import trigger_client_event

from zhike.crm.customers import access, merging, words
from zhike.crm.customers.callees import callees
from zhike.crm.customers.models import Customer
from zhike.crm.insight import queries as insight
from zhike.crm.insight.models import CustomerScore
from zhike.crm.interactions.models import Note
from zhike.crm.portfolio import cards, profile, timeline
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request

RECENT_ORDERS = 6
#: So many events stand beside the list.
GLANCE = 8
#: How long a page waits for the analysis to see a new order.
PATIENCE = timedelta(seconds=30)


@requires("customers.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """The customer page."""
    user = request.user
    try:
        customer = _customer(request, pk, "tags")
    except Http404:
        return _moved(request, pk)
    reach = words.Reach(user)
    orders = timeline.recent_orders(user, customer, RECENT_ORDERS + 1)
    changeable = access.may_change(user, customer)
    context = {
        "customer": customer,
        "standing": profile.standing(user, customer),
        "wait_url": _wait_url(request, customer),
        "facts": profile.facts(customer, reach),
        "contacts": profile.contacts(customer, reach),
        "orders": orders[:RECENT_ORDERS],
        "more_orders": len(orders) > RECENT_ORDERS,
        "open_matters": [(i, profile.is_overdue(i)) for i in profile.open_matters(user, customer)],
        "tier_history": insight.tier_history(customer) if allowed(user, "insight.view") else [],
        "can_edit": allowed(user, "customers.edit") and changeable,
        "can_order": allowed(user, "orders.edit") and changeable,
        "columns": cards.columns(),
    }
    return render(request, "customers/detail.html", context)


@requires("customers.view")
def glance(request: Request, pk: int) -> HttpResponse:
    """The customer beside the list: what matters first, and the latest of what happened."""
    user, customer = request.user, _customer(request, pk, "tags")
    changeable = access.may_change(user, customer)
    context = {
        "customer": customer,
        "standing": profile.standing(user, customer),
        "callee": callees(user, [customer]).get(customer.pk),
        "open_matters": [(i, profile.is_overdue(i)) for i in profile.open_matters(user, customer)[:5]],
        "stretch": replace(timeline.stretch(user, customer, size=GLANCE), next_cursor=""),
        "can_note": allowed(user, "customers.edit") and changeable,
        "can_order": allowed(user, "orders.edit") and changeable,
    }
    return render(request, "customers/_glance.html", context)


@requires("customers.view")
def column(request: Request, pk: int, column: cards.Place) -> HttpResponse:
    """The cards of one column, asked for once the page stands."""
    rows = Customer.objects.visible_to(request.user).select_related("owner", "team", "score")
    customer = get_object_or_404(rows, pk=pk)
    above, below = cards.drawn(request, customer, column)
    return render(request, "customers/_cards.html", {"column": column, "above": above, "below": below})


def _moved(request: Request, pk: int) -> HttpResponse:
    """The old address of a record that was merged leads to the survivor, for those who see that."""
    survivor = merging.survivor_of(pk)
    if survivor is None:
        raise Http404
    return redirect("customers:detail", _customer(request, survivor).pk)


def _wait_url(request: Request, customer: Customer) -> str:
    """After an order: where to ask until the analysis has counted it."""
    since = request.GET.get("since", "")
    if not since or customer.no_profiling or not allowed(request.user, "insight.view"):
        return ""
    until = (timezone.now() + PATIENCE).isoformat()
    address = reverse("customers:standing", args=[customer.pk])
    return f"{address}?{urlencode({'since': since[:40], 'until': until})}"


@requires("customers.view", "insight.view")
def standing(request: Request, pk: int) -> HttpResponse:
    """Value and tier again, once they are newer than ``since``; before that, nothing (204)."""
    customer = _customer(request, pk)
    since, until = _moment(request, "since"), _moment(request, "until")
    evaluated = CustomerScore.objects.filter(customer=customer).values_list("evaluated_at", flat=True).first()
    fresh = evaluated is not None and (since is None or evaluated > since)
    if not fresh and until is not None and timezone.now() < until:
        return HttpResponse(status=204)
    context: dict[str, Any] = {
        "customer": customer,
        "standing": profile.standing(request.user, customer),
        "counted": fresh,
        "late": not fresh,
        "tier_history": insight.tier_history(customer) if fresh else [],
    }
    answer = render(request, "customers/_standing.html", context)
    # The timeline of the page fetches itself again.
    return trigger_client_event(answer, "rescored") if fresh else answer


@requires("customers.view")
def more_timeline(request: Request, pk: int) -> HttpResponse:
    """The next stretch of the timeline; without a cursor its beginning, below what is pinned."""
    user, customer, cursor = request.user, _customer(request, pk), request.GET.get("cursor", "")
    found = timeline.stretch(user, customer, cursor)
    context = {"customer": customer, "stretch": found, "can_edit": access.may_edit(user, customer)}
    if cursor:
        return render(request, "customers/_timeline.html", context)
    notes = Note.objects.visible_to(user).filter(customer=customer, pinned=True)
    context["pinned"] = notes.select_related("author")
    return render(request, "customers/_history.html", context)


def _customer(request: Request, pk: int, *also: str) -> Customer:
    rows = Customer.objects.visible_to(request.user).select_related("owner", "team")
    return get_object_or_404(rows.prefetch_related(*also), pk=pk)


def _moment(request: Request, name: str) -> datetime | None:
    try:
        found = parse_datetime(request.GET.get(name, ""))
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
