"""The models side by side, one model with its versions, new drafts, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhike.analytics.tiers.model import BY_SHARE, BY_VALUE
from zhike.crm.insight import labels, versions
from zhike.crm.insight import queries as insight
from zhike.crm.insight.models import CustomerScore, TierAssignment, TierModel, Version
from zhike.crm.insight.views.progress import open_job
from zhike.crm.studio import queries, services
from zhike.crm.studio.choices import DraftState
from zhike.crm.studio.forms import ReasonForm
from zhike.crm.studio.models import Draft
from zhike.crm.studio.views import page
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request
from zhike.platform.templatetags import zhike_format as say

VERSIONS_SHOWN = 20
OPEN = (DraftState.EDITING, DraftState.SUBMITTED)


@dataclass(frozen=True)
class TierCount:
    rank: int
    name: str
    color: str
    customers: int


@requires("insight.view")
def models(request: Request) -> HttpResponse:
    """Every model with what it does now; two of them crossed."""
    states = queries.models()
    drafts = list(Draft.objects.visible_to(request.user).filter(state__in=OPEN).select_related("author"))
    context = {
        "models": [_shown(request, state, drafts) for state in states],
        "new_drafts": [draft for draft in drafts if draft.model_id is None],
        "waiting": [draft for draft in drafts if services.may_approve(request.user, draft)],
        "cross": _crossed(request, [state.model for state in states]),
        "may_edit": allowed(request.user, "tiers.edit"),
        "as_of": insight.data_as_of(),
        "job": open_job(request.user),
    }
    return render(request, "studio/list.html", context)


def _shown(request: Request, state: queries.ModelState, drafts: list[Draft]) -> dict[str, Any]:
    tiers = _counts(request, state)
    return {
        "model": state.model,
        "name": name_of(state.model),
        "version": state.version,
        "dimensions": _(", ").join(one["name"] for one in page.weighed(_definition(state.model))),
        "review_on": state.review_on,
        "is_due": state.review_on is not None and state.review_on <= timezone.localdate(),
        "tiers": tiers,
        "most": max((tier.customers for tier in tiers), default=0) or 1,
        "drafts": [draft for draft in drafts if draft.model_id == state.model.pk],
    }


def _definition(model: TierModel) -> dict[str, Any]:
    return versions.settings_of(model).to_dict()


def name_of(model: TierModel) -> str:
    """The default model is called by its words; the others as somebody named them."""
    return _("Customer value") if model.name == versions.MODEL_NAME else model.name


def _counts(request: Request, state: queries.ModelState) -> list[TierCount]:
    """Customers of each tier that the person sees, the highest first."""
    if state.version is None:
        return []
    rows: QuerySet[Any] = CustomerScore.objects.visible_to(request.user)
    if not state.model.is_primary:
        rows = TierAssignment.objects.visible_to(request.user).filter(model=state.model)
    found = dict(rows.order_by().values_list("tier").annotate(n=Count("pk")))
    tiers = versions.calibration_of(state.version).model.tiers
    return [
        TierCount(rank, labels.say(tier.name), tier.color, found.get(rank, 0))
        for rank, tier in reversed(list(enumerate(tiers, 1)))
    ]


def _crossed(request: Request, found: list[TierModel]) -> dict[str, Any] | None:
    if len(found) < 2:
        return None
    known = {str(model.pk): model for model in found}
    a = known.get(request.GET.get("a", ""), found[0])
    b = known.get(request.GET.get("b", ""), found[1])
    table = queries.cross_table(request.user, a, b)
    rows = []
    for rank, name in table.rows:
        cells = [table.cell(rank, column) for column, _name in table.columns]
        total = sum(cell.customers for cell in cells)
        revenue = sum(cell.revenue for cell in cells)
        rows.append({"name": name, "cells": cells, "customers": total, "revenue": revenue})
    names = {"a_name": name_of(a), "b_name": name_of(b)}
    return {"a": a, "b": b, "rows": rows, "columns": [name for _rank, name in table.columns], **names}


@requires("tiers.edit")
@require_POST
def create(request: Request) -> HttpResponse:
    """Begin a draft: a change of a model, or a new one under a name; ``then=simulate`` fixes it at once."""
    number = request.POST.get("model", "")
    model = None
    if number.isascii() and number.isdigit() and len(number) < 18:
        model = get_object_or_404(TierModel, pk=int(number), retired_at__isnull=True)
    name = name_of(model) if model else request.POST.get("name", "")
    try:
        draft = services.create_draft(request.user, model=model, name=name)
        simulated = request.POST.get("then") == "simulate"
        if simulated:
            services.simulate(request.user, draft)
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("studio:list")
    return redirect("studio:simulate" if simulated else "studio:draft", draft.pk)


@requires("insight.view")
def model(request: Request, pk: int) -> HttpResponse:
    """One model: the rules in force, and every version with who, when and why."""
    found = get_object_or_404(TierModel, pk=pk)
    state = queries.state_of(found)
    events: dict[int, list[Any]] = {}
    for event in queries.activations(found):
        events.setdefault(event.version_id, []).append(event)
    shown = Version.objects.filter(model=found).select_related("created_by").order_by("-number")
    definition = _definition(found)
    context = {
        "model": found,
        "name": name_of(found),
        "as_of": state.version.as_of if state.version else None,
        "versions": [{"version": v, "activations": events.get(v.pk, [])} for v in shown[:VERSIONS_SHOWN]],
        "rules": page.weighed(definition),
        "facts": _facts(definition["tiers"], state),
        "guards": _guards(state.version),
        "drafts": Draft.objects.visible_to(request.user).filter(model=found).select_related("author")[:20],
        "may_edit": allowed(request.user, "tiers.edit"),
        "may_roll_back": allowed(request.user, "tiers.approve"),
        "may_recalibrate": found.is_primary and allowed(request.user, "insight.run"),
        "job": open_job(request.user),
    }
    return render(request, "studio/model.html", context)


def _guards(version: Version | None) -> list[str]:
    return [labels.say(g.words) for g in versions.calibration_of(version).guards] if version else []


def _facts(tiers: dict[str, Any], state: queries.ModelState) -> list[tuple[str, str]]:
    review = say.day(state.review_on) if state.review_on else _("no date set")
    cuts = {BY_SHARE: _("by share of customers"), BY_VALUE: _("by tier score")}
    return [
        (_("Tiers are cut"), cuts.get(tiers["cut"], _("by natural breaks of the score"))),
        (_("Grace period"), say.days(tiers["grace_days"])),
        (_("Next review"), review),
    ]


@requires("tiers.approve", "insight.view")
@require_http_methods(["GET", "HEAD", "POST"])
def rollback(request: Request, pk: int) -> HttpResponse:
    """Ask first, with the reason, then put an older version back into force."""
    version = get_object_or_404(Version.objects.select_related("model"), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _roll_back(request, version, form):
        messages.success(request, _("%(version)s is in force again.") % {"version": version})
        return redirect("studio:model", version.model_id)
    current = versions.current_of(version.model)
    context = {"version": version, "name": name_of(version.model), "current": current, "form": form}
    return render(request, "studio/rollback.html", context, status=422 if form.is_bound else 200)


def _roll_back(request: Request, version: Version, form: ReasonForm) -> bool:
    try:
        services.rollback(request.user, version, form.cleaned_data["reason"])
    except NotAllowed:
        raise
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True
