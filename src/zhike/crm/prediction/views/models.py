"""Pages of the models: what is in use, how good it is, what was refused, and training anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.crm.insight.days import day_of
from zhike.crm.prediction import jobs, queries, services, words
from zhike.crm.prediction.choices import Kind
from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.presentation import sheet_of
from zhike.crm.prediction.registry import NAMES
from zhike.platform.every_language import in_every_language
from zhike.platform.models import Job
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request, number_of

# htmx stops polling at this status.
STOP_POLLING = 286
SHOWN = 20
ICONS = {
    Kind.VALUE: "coin-yuan",
    Kind.CHURN: "heart-broken",
    Kind.RHYTHM: "clock-exclamation",
    Kind.RECOMMENDATION: "shopping-bag-plus",
}


@dataclass(frozen=True)
class Card:
    kind: str
    title: str
    icon: str
    version: ModelVersion | None
    sheet: Any
    guards: int
    refused: bool


@requires("insight.view")
@require_GET
def models(request: Request) -> HttpResponse:
    """All models on one page."""
    latest = queries.latest_versions()
    active = queries.active_versions()
    cards = [_card(kind, active.get(kind), latest.get(kind)) for kind in NAMES]
    as_of = max((version.as_of for version in active.values()), default=None)
    context = {"cards": cards, "as_of": as_of.isoformat() if as_of else "", "job": open_job(request.user)}
    return render(request, "prediction/models.html", context)


def _card(kind: str, version: ModelVersion | None, latest: ModelVersion | None) -> Card:
    return Card(
        kind=kind,
        title=str(Kind(kind).label),
        icon=ICONS[Kind(kind)],
        version=version,
        sheet=sheet_of(version) if version else None,
        guards=len(words.guards_of(version)) if version else 0,
        refused=bool(latest and version and latest.number > version.number),
    )


@requires("insight.view")
@require_GET
def model(request: Request, kind: str) -> HttpResponse:
    """One model: the version in use (or an older one by ``?version=``), its test, and its history."""
    _known(kind)
    version = _chosen(request, kind)
    sheet = sheet_of(version) if version else None
    history = queries.version_history(kind)[:SHOWN]
    context = {
        "kind": kind,
        "title": str(Kind(kind).label),
        "icon": ICONS[Kind(kind)],
        "version": version,
        "sheet": sheet,
        "guards": words.guards_of(version) if version else [],
        "with_errors": bool(sheet and any(row.error for row in sheet.parameters)),
        "data": _data(version) if version else [],
        "reason": words.reason_words(version.reason) if version else "",
        "history": [(one, words.reason_words(one.reason)) for one in history],
        "job": open_job(request.user, kind),
        "may_train": allowed(request.user, "insight.run"),
    }
    return render(request, "prediction/model.html", context)


def _chosen(request: Request, kind: str) -> ModelVersion | None:
    wanted = request.GET.get("version", "")
    if not wanted:
        return queries.active_version(kind)
    return get_object_or_404(ModelVersion, kind=kind, number=number_of(wanted, digits=9))


def _data(version: ModelVersion) -> list[tuple[str, Any]]:
    data = version.data
    libraries = ", ".join(f"{name} {number}" for name, number in (data.get("libraries") or {}).items())
    return [
        (_("Trained"), version.trained_at),
        (_("Trained by"), str(version.trained_by) if version.trained_by else _("by itself")),
        (_("Customers"), data.get("customers")),
        (_("Orders"), data.get("rows")),
        (_("First day"), day_of(data.get("from"))),
        (_("Last day"), day_of(data.get("to"))),
        (_("Fingerprint of the data"), data.get("hash")),
        (_("Seed"), str(data.get("seed", ""))),
        (_("Libraries"), libraries),
    ]


@requires("insight.run")
@require_POST
def retrain(request: Request, kind: str) -> HttpResponse:
    _known(kind)
    services.train(kind, request.user)
    messages.success(request, _("The training has been started. You can leave this page."))
    return redirect("prediction:model", kind=kind)


@requires("insight.view")
@require_GET
def progress(request: Request, kind: str) -> HttpResponse:
    """The bar of the training that works right now; when it has ended, a link to the result."""
    _known(kind)
    job = open_job(request.user, kind)
    status = 200 if job else STOP_POLLING
    context = {"job": job, "kind": kind}
    return render(request, "prediction/_training.html", context, status=status)


def open_job(user: Any, kind: str = "") -> Job | None:
    """The training (or scoring) that waits or works; its details are for those who may see the job."""
    kinds = [jobs.TRAIN] if kind else [jobs.TRAIN, jobs.SCORE]
    rows = Job.objects.open().filter(kind__in=kinds)
    if kind:
        rows = rows.filter(key__in=[kind, jobs.NIGHT_KEY])
    job = rows.first()
    if job is not None and not Job.objects.visible_to(user).filter(pk=job.pk).exists():
        job.words = in_every_language(job.State(job.state).label)
    return job


def _known(kind: str) -> None:
    if kind not in NAMES:
        raise Http404
