"""The page of the day and its acts. Acts made in place end with an event that draws the board again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from zhike.crm.customers.models import Customer
from zhike.crm.interactions.queries import quick_days
from zhike.crm.today import kinds, queries, services
from zhike.crm.today.choices import NOT_NOW_DAYS, REASONS
from zhike.crm.today.forms import NotNowForm, PostponeForm
from zhike.crm.today.models import PutAside
from zhike.crm.today.viewer import EVERYBODY, NOBODY, Viewer
from zhike.platform.errors import DomainError
from zhike.platform.permissions import RowScope, allowed, requires, row_scope
from zhike.platform.requests import Request, way_back
from zhike.platform.tables import with_query
from zhike.platform.templatetags import zhike_format as say


@requires("customers.view")
@require_GET
def page(request: Request) -> HttpResponse:
    """What to do today, the most urgent first; through htmx the board alone."""
    viewer = Viewer.of(request.user, request.GET.get("who", ""))
    count = queries.MOST if request.GET.get("all") else queries.FIRST
    kind = kinds.known(request.GET.get("about", ""))
    board = queries.board(viewer, count=count, kind=kind)
    context: dict[str, Any] = {
        "board": board,
        "kind": kind,
        "viewer": viewer,
        "here": request.get_full_path(),
        "can_edit": allowed(request.user, "customers.edit"),
        "days": quick_days(viewer.today),
        "reasons": REASONS,
        "not_now_days": NOT_NOW_DAYS,
        "most": queries.MOST,
        # A new company has nothing to do but to bring its customers.
        "nobody": not board.everything and not viewer.customers().exists(),
        **_addresses(request, board),
    }
    if request.htmx:
        return render(request, "today/_board.html", context)
    context |= {"is_led": row_scope(request.user) != RowScope.OWN, "who": str(viewer.who)}
    if context["is_led"]:
        context["colleagues"] = queries.colleagues(request.user)
    return render(request, "today/page.html", context)


def _addresses(request: Request, board: queries.Board) -> dict[str, Any]:
    """The same day narrowed to each kind of reason, widened to all of them, and with more lines."""
    return {
        "kinds": [(one, with_query(request.GET, about=one.kind.code, all=None)) for one in board.kinds],
        "every_kind_url": with_query(request.GET, about=None, all=None),
        "more_url": with_query(request.GET, all="1"),
    }


@requires("customers.view")
@require_GET
def people(request: Request) -> HttpResponse:
    """What waits for whom: fetched after the page of those who lead others."""
    viewer = Viewer.of(request.user, EVERYBODY)
    if row_scope(request.user) == RowScope.OWN:
        return HttpResponse()
    context = {"people": queries.people(viewer), "nobody": NOBODY}
    return render(request, "today/_people.html", context)


@requires("customers.view", "customers.edit")
@require_POST
def postpone(request: Request, pk: int) -> HttpResponse:
    """Hide a line until a day; what was promised earlier moves to that day."""
    customer, form = _customer(request, pk), PostponeForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose a day after today, within two years."), field="until")
    until = form.cleaned_data["until"]
    services.postpone(actor=request.user, customer=customer, until=until)
    words = {"name": customer.name, "day": say.day(until)}
    messages.success(request, _("%(name)s is postponed to %(day)s.") % words)
    return _done(request, customer)


@requires("customers.view", "customers.edit")
@require_POST
def not_now(request: Request, pk: int) -> HttpResponse:
    """Hide a line for a stated reason."""
    customer, form = _customer(request, pk), NotNowForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose a reason."), field="why")
    keys = [key[:120] for key in request.POST.getlist("situation")[:50]]
    services.not_now(actor=request.user, customer=customer, situation=keys, **form.cleaned_data)
    messages.success(request, _("%(name)s is put aside.") % {"name": customer.name})
    return _done(request, customer)


@requires("customers.view", "customers.edit")
@require_POST
def take_back(request: Request, pk: int) -> HttpResponse:
    """Show a line again."""
    put = get_object_or_404(PutAside.objects.visible_to(request.user).select_related("customer"), pk=pk)
    services.take_back(actor=request.user, put=put)
    return _done(request, put.customer)


def _customer(request: Request, pk: int) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)


def _done(request: Request, customer: Customer) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(HttpResponse(), "followed-up", {"customer": customer.pk})
    return redirect(way_back(request, reverse("today:page")))
