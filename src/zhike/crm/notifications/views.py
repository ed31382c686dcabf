"""The bell, the list of notifications, and how a person wants to hear of what."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from zhike.crm.notifications import letters, outbox, preferences, queries, services
from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.kinds import KINDS
from zhike.crm.notifications.models import Notification
from zhike.platform.errors import DomainError
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import allowed, public, requires, signed_in
from zhike.platform.requests import Request, number_of
from zhike.platform.tables import FilterChip, page_url, with_query

log = logging.getLogger("zhike.mail")

NEWEST = Sort("time", "id", descending=True)
MOST_IDS = 200


@public
@require_GET
def bell(request: Request) -> HttpResponse:
    """The count, asked for by every open page; a page whose session has ended stops asking."""
    if not request.user.is_authenticated:
        return HttpResponseStopPolling()
    found = queries.unread(request.user)
    response = render(request, "notifications/_count.html", {"bell": found})
    seen = number_of(request.GET.get("seen", "")) or 0
    if found.newest > seen:
        urgent = queries.urgent_since(request.user, seen)
        if urgent:
            toasts = [{"level": "warning", "text": row.text} for row in urgent]
            trigger_client_event(response, "toast", {"value": toasts})
    return response


@signed_in
@require_GET
def latest(request: Request) -> HttpResponse:
    """What the bell opens."""
    return render(request, "notifications/_latest.html", {"rows": queries.newest(request.user)})


@signed_in
@require_GET
def notification_list(request: Request) -> HttpResponse:
    """Everything a person was told, newest first."""
    query = request.GET
    rows, chips = _filtered(request)
    page = paginate(rows, NEWEST, cursor=query.get("cursor", ""))
    context = {
        "rows": page.rows,
        "chips": chips,
        "query": query,
        "kinds": sorted(((code, str(kind.label)) for code, kind in KINDS.items()), key=lambda pair: pair[1]),
        "previous_url": page_url(query, page.previous_cursor),
        "next_url": page_url(query, page.next_cursor),
    }
    return render(request, "notifications/list.html", context)


def _filtered(request: Request) -> tuple[QuerySet[Notification], list[FilterChip]]:
    query, chips = request.GET, []
    rows = Notification.objects.visible_to(request.user)
    if query.get("state") == "unread":
        rows = rows.unread()
        chips.append(FilterChip(_("State"), _("Unread"), with_query(query, state=None)))
    if query.get("kind") in KINDS:
        rows = rows.filter(kind=query["kind"])
        label = str(KINDS[query["kind"]].label)
        chips.append(FilterChip(_("Kind"), label, with_query(query, kind=None)))
    return rows, chips


@signed_in
@require_GET
def open_one(request: Request, pk: int) -> HttpResponse:
    """Follow a notification to what it is about; it is read by that."""
    row = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    services.mark_read(user=request.user, ids=[row.pk])
    return redirect(row.url or reverse("notifications:list"))


@signed_in
@require_POST
def mark(request: Request) -> HttpResponse:
    """Mark some (``ids``) or all as read, or some as unread."""
    ids = [number for text in request.POST.getlist("ids")[:MOST_IDS] if (number := number_of(text))]
    if request.POST.get("as") == "unread":
        services.mark_unread(user=request.user, ids=ids)
    else:
        services.mark_read(user=request.user, ids=None if "all" in request.POST else ids)
    if request.htmx:
        rows = Notification.objects.visible_to(request.user).filter(pk__in=ids)
        response = render(request, "notifications/_rows.html", {"rows": rows})
        trigger_client_event(response, "notifications-changed", {})
        return response
    return redirect("notifications:list")


@signed_in
def preference_page(request: Request) -> HttpResponse:
    """How I want to hear of what."""
    if request.method == "POST":
        _save_choices(request)
        messages.success(request, _("Saved."))
        return redirect("notifications:preferences")
    chosen = preferences.of(request.user)
    rows = [(kind, *chosen[code]) for code, kind in KINDS.items()]
    context = {
        "rows": sorted(rows, key=lambda row: str(row[0].label)),
        "ways": Email.choices,
        "mail_works": outbox.is_configured(),
        "can_test": allowed(request.user, "users.manage"),
    }
    return render(request, "notifications/preferences.html", context)


def _save_choices(request: Request) -> None:
    for code in KINDS:
        email = request.POST.get(f"{code}-email")
        if email is not None:
            in_app = f"{code}-in_app" in request.POST
            services.choose(user=request.user, kind=code, in_app=in_app, email=email)


@requires("users.manage")
@require_POST
def test_email(request: Request) -> HttpResponse:
    """Send the administrator a test, and say in words what the mail server answered."""
    try:
        _send_test(request.user)
    except DomainError as error:
        messages.error(request, str(error))
    except Exception as error:
        log.warning("test e-mail not sent", exc_info=True)
        words = letters.one_line(f"{type(error).__name__}: {error}", 300)
        messages.error(request, _("The mail server did not take it: %(answer)s") % {"answer": words})
    else:
        messages.success(request, _("The mail server took a test e-mail to %(address)s.") % _address(request))
    return redirect("notifications:preferences")


def _send_test(user: Any) -> None:
    if not outbox.is_configured():
        raise DomainError(_("No mail server is set up."))
    if not user.email:
        raise DomainError(_("Your account has no e-mail address."))
    letters.compose_test(user).send()


def _address(request: Request) -> dict[str, str]:
    return {"address": request.user.email}
