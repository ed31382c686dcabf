"""The steps of bulk work: choose an act, its parameters, look at what would change, run, see the result."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.analytics.effect import DEFAULT_SHARE
from zhike.crm.bulk import acts, queries, services
from zhike.crm.bulk.forms import ConfirmForm
from zhike.crm.bulk.models import BulkAct, BulkState
from zhike.crm.portfolio import filters
from zhike.crm.portfolio import queries as portfolio
from zhike.platform.errors import DomainError
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request

NEWEST = Sort("id", "id", descending=True)
BUSY = (BulkState.RUNNING, BulkState.UNDOING)
FORMATS = [("xlsx", "Excel"), ("csv", "CSV"), ("parquet", "Parquet")]


@requires("customers.view")
def act_list(request: Request) -> HttpResponse:
    """What was done to many customers, newest first."""
    rows = BulkAct.objects.visible_to(request.user).select_related("created_by", "treatment")
    page = paginate(rows.exclude(state=BulkState.DRAFT), NEWEST, cursor=request.GET.get("cursor", ""))
    return render(request, "bulk/list.html", {"page": page, "shown": [_shown(act) for act in page.rows]})


def _shown(act: BulkAct) -> dict[str, Any]:
    kind = acts.ACTS.get(act.kind)
    words = " · ".join(value for _label, value in kind.describe(act.params)) if kind else ""
    return {"act": act, "kind": kind, "words": words, "changed": act.counts.get("changed", 0)}


@requires("customers.view")
def menu(request: Request) -> HttpResponse:
    """The acts that the person may do, as buttons of the bar over a list."""
    return render(request, "bulk/_menu.html", {"acts": acts.open_to(request.user)})


@requires("customers.view")
def start(request: Request) -> HttpResponse:
    """The customers of an address: choose what to do with them, and with which parameters."""
    query = services.selection(request.GET)
    open_acts = {act.code: act for act in acts.open_to(request.user)}
    kind = open_acts.get(request.GET.get("act", ""))
    form = None
    if kind is not None:
        form = kind.form(request.POST if request.method == "POST" else None, user=request.user)
        if request.method == "POST" and form.is_valid():
            made = _draft(request, kind.code, form, query)
            if made is not None:
                return redirect("bulk:act", made.pk)
    chosen = QueryDict(query)
    tiers = portfolio.shown_to(request.user).tiers
    context = {
        "acts": list(open_acts.values()),
        "kind": kind,
        "form": form,
        "query": query,
        "total": services.found(chosen, request.user).count(),
        "chips": filters.Bar(chosen, request.user, tiers).chips(),
        "formats": FORMATS if allowed(request.user, "export") else [],
    }
    return render(
        request, "bulk/start.html", context, status=422 if form is not None and form.errors else 200
    )


def _draft(request: Request, kind: str, form: Any, query: str) -> BulkAct | None:
    try:
        return services.draft(actor=request.user, kind=kind, params=form.params(), query=QueryDict(query))
    except (DomainError, forms.ValidationError) as error:
        text = error.messages[0] if isinstance(error, forms.ValidationError) else str(error)
        form.add_error(None, text)
        return None


@requires("customers.view")
def act_detail(request: Request, pk: int) -> HttpResponse:
    """The preview of a draft, the progress of a running act, the result of one that has ended."""
    act = _mine(request, pk)
    if act.state == BulkState.DRAFT:
        return _preview_page(request, act)
    context = {
        **_words(act),
        **_progress(act),
        "figures": queries.result_figures(act),
        "waiting": queries.waiting(act),
        "undo_stopped": act.state == BulkState.STOPPED and "undo" in act.counts,
    }
    return render(request, "bulk/act.html", context)


def _preview_page(request: Request, act: BulkAct, form: ConfirmForm | None = None) -> HttpResponse:
    kind = acts.ACTS[act.kind]
    treats = kind.suggests_treatment(act.params)
    initial = {
        "treatment": treats,
        "percent": round(100 * DEFAULT_SHARE),
        "purpose": kind.purpose(act.params),
    }
    found = queries.preview(act, request.user)
    context = {
        **_words(act),
        "preview": found,
        "form": form or ConfirmForm(initial=initial),
        "expected": round(found.changing * DEFAULT_SHARE),
        "back": f"{reverse('bulk:start')}?act={act.kind}&{act.query}",
    }
    return render(request, "bulk/preview.html", context, status=422 if form is not None else 200)


def _words(act: BulkAct) -> dict[str, Any]:
    kind = acts.ACTS[act.kind]
    return {"act": act, "kind": kind, "facts": kind.describe(act.params)}


def _mine(request: Request, pk: int) -> BulkAct:
    """The act within the person's scope; a foreign one does not exist for them."""
    rows = BulkAct.objects.visible_to(request.user).select_related("job", "created_by", "treatment")
    act = get_object_or_404(rows, pk=pk)
    if act.kind not in acts.ACTS:
        raise Http404
    return act


@requires("customers.view")
@require_POST
def confirm(request: Request, pk: int) -> HttpResponse:
    """Run a draft."""
    act = _mine(request, pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid() and act.state == BulkState.DRAFT:
        return _preview_page(request, act, form)
    services.confirm(actor=request.user, act=act, **form.hold_out)
    return redirect("bulk:act", pk)


@requires("customers.view")
@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    act = _mine(request, pk)
    address = f"{reverse('customers:list')}?{act.query}"
    services.discard(actor=request.user, act=act)
    messages.success(request, _("Nothing was changed."))
    return redirect(address)


@requires("customers.view")
@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    services.resume(actor=request.user, act=_mine(request, pk))
    return redirect("bulk:act", pk)


@requires("customers.view")
@require_POST
def undo(request: Request, pk: int) -> HttpResponse:
    services.undo(actor=request.user, act=_mine(request, pk))
    return redirect("bulk:act", pk)


@requires("customers.view")
def progress(request: Request, pk: int) -> HttpResponse:
    """The moving part of the page; when the work has ended the whole page comes anew."""
    act = _mine(request, pk)
    response = render(request, "bulk/_progress.html", _progress(act))
    if act.state not in BUSY:
        response["HX-Refresh"] = "true"
        response.status_code = 286
    return response


def _progress(act: BulkAct) -> dict[str, Any]:
    share = act.job.share if act.job is not None else None
    return {"act": act, "job": act.job, "percent": None if share is None else int(share * 100)}
