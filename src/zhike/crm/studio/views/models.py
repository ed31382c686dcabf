"""The models side by side, one model with its versions, new drafts, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhike.crm.insight import labels, versions
from zhike.crm.insight import queries as insight
from zhike.crm.insight.models import CustomerScore, TierAssignment, TierModel, Version
from zhike.crm.insight.views.progress import open_job
from zhike.crm.studio import comparison, filters, jobs, queries, services
from zhike.crm.studio.choices import CUT_NAMES, DraftState
from zhike.crm.studio.forms import ReasonForm, ReviewForm
from zhike.crm.studio.models import Draft
from zhike.crm.studio.views import page
from zhike.platform import company_day, shades
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request
from zhike.platform.templatetags import zhike_format as say

VERSIONS_SHOWN = DRAFTS_SHOWN = 20


@dataclass(frozen=True)
class TierCount:
    rank: int
    name: str
    shade: int
    customers: int
    url: str


@requires("insight.view")
def models(request: Request) -> HttpResponse:
    """Every model with what it does now; two of them crossed."""
    states = queries.models()
    visible = Draft.objects.visible_to(request.user).select_related("author")
    drafts = list(visible.filter(state__in=DraftState.open()))
    context = {
        "models": [_shown(request, state, drafts) for state in states],
        "new_drafts": [draft for draft in drafts if draft.model_id is None],
        "waiting": [draft for draft in drafts if services.may_approve(request.user, draft)],
        "cross": comparison.crossed(request.user, [state.model for state in states], request.GET),
        "may_edit": allowed(request.user, "tiers.edit"),
        "as_of": insight.data_as_of(),
        "job": open_job(request.user),
        "at_work": len(states) > 1 and jobs.is_at_work(),
    }
    return render(request, "studio/list.html", context)


def _shown(request: Request, state: queries.ModelState, drafts: list[Draft]) -> dict[str, Any]:
    tiers = _counts(request, state)
    return {
        "model": state.model,
        "name": queries.name_of(state.model),
        "version": state.version,
        "dimensions": _(", ").join(one["name"] for one in page.weighed(_definition(state.model))),
        "review_on": state.review_on,
        "is_due": _is_due(state),
        "tiers": tiers,
        "by_hand": filters.counts(request.user) if state.model.is_primary else None,
        "most": max((tier.customers for tier in tiers), default=0) or 1,
        "drafts": [draft for draft in drafts if draft.model_id == state.model.pk],
    }


def _is_due(state: queries.ModelState) -> bool:
    return state.review_on is not None and state.review_on <= company_day.today()


def _definition(model: TierModel) -> dict[str, Any]:
    return versions.settings_of(model).to_dict()


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
        TierCount(
            rank,
            labels.say(tier.name),
            shades.number(tier.color, rank),
            found.get(rank, 0),
            queries.address((state.model, rank)),
        )
        for rank, tier in reversed(list(enumerate(tiers, 1)))
    ]


@requires("tiers.edit")
@require_POST
def create(request: Request) -> HttpResponse:
    """Begin a draft: a change of a ``model``, or a new one under a name that begins ``like`` another.

    ``then=simulate`` fixes it at once.
    """
    model, like = (_chosen(request.POST.get(name, "")) for name in ("model", "like"))
    name = model.name if model else request.POST.get("name", "")
    definition = _definition(like) if like else None
    try:
        draft = services.create_draft(request.user, model=model, name=name, definition=definition)
        simulated = request.POST.get("then") == "simulate"
        if simulated:
            services.simulate(request.user, draft)
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("studio:list")
    return redirect("studio:simulate" if simulated else "studio:draft", draft.pk)


def _chosen(number: str) -> TierModel | None:
    """The model in use that has this number; None where none is named."""
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise Http404
    return get_object_or_404(TierModel, pk=int(number), retired_at__isnull=True)


@requires("tiers.edit", "insight.view")
@require_POST
def review(request: Request, pk: int) -> HttpResponse:
    """Set the day of the next review, or none."""
    found, form = get_object_or_404(TierModel, pk=pk), ReviewForm(request.POST)
    try:
        if form.is_valid():
            services.set_review(request.user, found, form.cleaned_data["review_on"])
            messages.success(request, _("Saved."))
        else:
            messages.error(request, _("This is no day."))
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("studio:model", found.pk)


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
        "name": queries.name_of(found),
        "as_of": state.version.as_of if state.version else None,
        "versions": [{"version": v, "activations": events.get(v.pk, [])} for v in shown[:VERSIONS_SHOWN]],
        "rules": page.weighed(definition),
        "facts": _facts(definition["tiers"], state),
        "guards": _guards(state.version),
        "review": ReviewForm(initial={"review_on": state.review_on}),
        "is_due": _is_due(state),
        "models": [(one.pk, queries.name_of(one)) for one in queries.in_use()],
        "drafts": _unpublished(request, found),
        "may_edit": allowed(request.user, "tiers.edit"),
        "may_roll_back": allowed(request.user, "tiers.approve"),
        "may_recalibrate": found.is_primary and allowed(request.user, "insight.run"),
        "job": open_job(request.user),
    }
    return render(request, "studio/model.html", context)


def _unpublished(request: Request, model: TierModel) -> QuerySet[Draft]:
    """What was published stands among the versions."""
    drafts = Draft.objects.visible_to(request.user).filter(model=model)
    return drafts.exclude(state=DraftState.PUBLISHED).select_related("author")[:DRAFTS_SHOWN]


def _guards(version: Version | None) -> list[str]:
    return [labels.say(g.words) for g in versions.calibration_of(version).guards] if version else []


def _facts(tiers: dict[str, Any], state: queries.ModelState) -> list[tuple[str, str]]:
    return [
        (_("Tiers are cut"), str(dict(CUT_NAMES)[tiers["cut"]])),
        (_("Grace period"), say.days(tiers["grace_days"])),
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
    context = {"version": version, "name": queries.name_of(version.model), "current": current, "form": form}
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
