"""The list of alerts and the company's settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zhike.crm.accounts.models import User
from zhike.crm.alerts import services, words
from zhike.crm.alerts.choices import MARKS, Situation, State
from zhike.crm.alerts.forms import SettingsForm
from zhike.crm.alerts.models import Alert, AlertSettings
from zhike.crm.insight import labels
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import allowed, requires, row_scope
from zhike.platform.requests import Request, number_of, way_back
from zhike.platform.tables import FilterChip, page_url, with_query

ALL = "all"
NEWEST = Sort("newest", "id", descending=True)


@requires("customers.view")
def alert_list(request: Request) -> HttpResponse:
    """Alerts within the row scope, the newest first; the open ones when nothing else is asked for."""
    query = request.GET
    kind, state = query.get("kind", ""), query.get("state", State.OPEN)
    rows = Alert.objects.visible_to(request.user)
    if kind in Situation.values:
        rows = rows.filter(kind=kind)
    if state in State.values:
        rows = rows.filter(state=state)
    owner = _owner(query.get("owner", ""))
    if owner is not None:
        rows = rows.filter(customer__owner=owner)
    page = paginate(
        rows.select_related("customer__score", "customer__owner", "acknowledged_by"),
        NEWEST,
        cursor=query.get("cursor", ""),
    )
    context = {
        "alerts": described(page.rows),
        "chips": _chips(request, kind, owner),
        "kind": kind,
        "state": state,
        "owner": owner,
        "kinds": Situation.choices,
        "states": [*State.choices, (ALL, _("All"))],
        "owners": _owners(request),
        "previous_url": page_url(request.GET, page.previous_cursor),
        "next_url": page_url(request.GET, page.next_cursor),
        "can_edit": allowed(request.user, "customers.edit"),
        "can_set": allowed(request.user, "rules.edit"),
    }
    return render(request, "alerts/list.html", context)


def described(alerts: Any) -> list[dict[str, Any]]:
    names, named = labels.tier_names(), labels.names_given()
    found = []
    for alert in alerts:
        score = getattr(alert.customer, "score", None)
        found.append(
            {
                "alert": alert,
                "text": words.sentence(alert.params, names),
                "icon": MARKS[alert.kind].icon,
                "color": MARKS[alert.kind].color,
                "tier": score.tier if score else 0,
                "tier_name": named(score.tier, score.version_id) if score else names[0],
            }
        )
    return found


def _owner(text: str) -> User | None:
    number = number_of(text)
    return None if number is None else User.objects.filter(pk=number).first()


def _owners(request: Request) -> list[User]:
    if row_scope(request.user) == "own":
        return []
    return list(User.objects.filter(is_active=True).order_by("display_name")[:200])


def _chips(request: Request, kind: str, owner: User | None) -> list[FilterChip]:
    found = []
    if kind in Situation.values:
        found.append(FilterChip(_("Situation"), Situation(kind).label, with_query(request.GET, kind=None)))
    if owner is not None:
        found.append(FilterChip(_("Owner"), str(owner), with_query(request.GET, owner=None)))
    return found


@requires("customers.view", "customers.edit")
@require_POST
def acknowledge(request: Request) -> HttpResponse:
    """Somebody takes care of the chosen alerts."""
    ids = [number for text in request.POST.getlist("ids") if (number := number_of(text)) is not None]
    count = services.acknowledge(actor=request.user, ids=ids)
    text = ngettext("%(count)s alert acknowledged.", "%(count)s alerts acknowledged.", count)
    messages.success(request, text % {"count": count})
    return redirect(way_back(request, "alerts:list"))


@requires("rules.edit")
def settings(request: Request) -> HttpResponse:
    """What is a key customer, what alerts, and who is told."""
    data = request.POST if request.method == "POST" else None
    form = SettingsForm(data, instance=AlertSettings.current())
    if request.method == "POST" and form.is_valid():
        services.save_settings(actor=request.user, **form.verbs())
        messages.success(request, _("Saved."))
        return redirect("alerts:settings")
    status = 422 if request.method == "POST" else 200
    return render(request, "alerts/settings.html", {"form": form}, status=status)
