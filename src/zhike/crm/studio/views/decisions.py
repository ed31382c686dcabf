"""What a draft would do, and the way from there into force: hand in, approve, decline, take back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zhike.crm.insight import approvals
from zhike.crm.insight import queries as insight
from zhike.crm.insight.views.progress import STOP_POLLING
from zhike.crm.studio import jobs, queries, services, where_used
from zhike.crm.studio.choices import DraftState
from zhike.crm.studio.models import Draft
from zhike.crm.studio.outcome import outcome
from zhike.crm.studio.views import page
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import Job
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request

MOST_MOVERS = 50


@dataclass(frozen=True)
class Act:
    """A button; ``question`` asks first."""

    name: str
    label: Promise
    style: str = ""
    question: Promise | str = ""


SIMULATE = Act("simulate", gettext_lazy("Simulate anew"))
SUBMIT = Act("submit", gettext_lazy("Submit for approval"), "btn-primary")
DISCARD = Act(
    "discard",
    gettext_lazy("Discard the draft"),
    "btn-ghost-danger",
    gettext_lazy("Discard this draft? It cannot be brought back."),
)
APPROVE = Act(
    "approve",
    gettext_lazy("Approve and publish"),
    "btn-primary",
    gettext_lazy("Publish it? All customers are evaluated with the new rules at once."),
)
REJECT = Act("reject", gettext_lazy("Send back"), "btn-danger")
WITHDRAW = Act("withdraw", gettext_lazy("Take it back and change it"))


@requires("insight.view")
@require_http_methods(["GET", "HEAD", "POST"])
def simulate(request: Request, pk: int) -> HttpResponse:
    draft = page.draft_of(request, pk)
    if request.method != "POST":
        return _page(request, draft)
    verb = VERBS.get(request.POST.get("act", ""))
    if verb is None:
        return _page(request, draft, status=422)
    note = request.POST.get("note", "")
    try:
        return verb(request, draft, note)
    except NotAllowed:
        raise
    except DomainError as error:
        return _page(request, draft, problems=[str(error)], note=note, status=error.status)


def _simulate(request: Request, draft: Draft, note: str) -> HttpResponse:
    services.simulate(request.user, draft)
    return redirect("studio:simulate", draft.pk)


def _submit(request: Request, draft: Draft, note: str) -> HttpResponse:
    services.submit(request.user, draft, note=note)
    messages.success(request, _("Submitted. Whoever may approve has been told."))
    return redirect("studio:simulate", draft.pk)


def _approve(request: Request, draft: Draft, note: str) -> HttpResponse:
    model = services.approve(request.user, draft)
    messages.success(request, _("Published. An analysis with the new rules has been started."))
    return redirect("studio:model", model.pk)


def _reject(request: Request, draft: Draft, note: str) -> HttpResponse:
    services.reject(request.user, draft, note)
    messages.success(request, _("Declined; the author has been told."))
    return redirect("studio:list")


def _withdraw(request: Request, draft: Draft, note: str) -> HttpResponse:
    services.withdraw(request.user, draft)
    return redirect("studio:draft", draft.pk)


def _discard(request: Request, draft: Draft, note: str) -> HttpResponse:
    services.discard_draft(request.user, draft)
    messages.success(request, _("The draft is gone."))
    return redirect("studio:list")


VERBS: dict[str, Callable[[Request, Draft, str], HttpResponse]] = {
    "simulate": _simulate,
    "submit": _submit,
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "discard": _discard,
}


def _acts(user: Any, draft: Draft, *, fresh: bool) -> list[Act]:
    """The buttons of this person in this state."""
    edits = allowed(user, "tiers.edit")
    if draft.state == DraftState.EDITING and edits:
        return [*([SUBMIT, SIMULATE] if fresh else []), DISCARD]
    if draft.state == DraftState.SUBMITTED:
        decide = [APPROVE, REJECT] if services.may_approve(user, draft) else []
        return [*decide, *([SIMULATE] if decide and not fresh else []), *([WITHDRAW] if edits else [])]
    if draft.state == DraftState.REJECTED and edits:
        return [WITHDRAW, DISCARD]
    return []


def _page(
    request: Request,
    draft: Draft,
    *,
    problems: list[str] | None = None,
    note: str | None = None,
    status: int = 200,
) -> HttpResponse:
    found = queries.simulated(draft)
    job = _open_job(draft)
    fresh = found is not None and found.is_fresh
    acts = _acts(request.user, draft, fresh=fresh)
    context = {
        "out": outcome(draft, found) if found else None,
        "stale": found is not None and not fresh,
        "newer": _newer(draft, found),
        "job": job,
        "may_simulate": page.may_change(request.user, draft) or APPROVE in acts,
        "movers": _movers(request, draft, found) if found else None,
        "uses": where_used.of_draft(request.user, draft),
        "acts": acts,
        "may_decide": APPROVE in acts,
        "approvers": [str(one) for one in approvals.approvers() if one.pk != draft.author_id],
        "alone": approvals.is_alone(request.user),
        "note": draft.note if note is None and draft.state == DraftState.EDITING else note or "",
        "problems": problems or [],
    }
    return page.draft_page(request, draft, "simulate", context, status=status)


def _newer(draft: Draft, found: queries.Simulation | None) -> date | None:
    """The day of data that came after the simulation of a draft on its way."""
    day = insight.data_as_of() if found and draft.is_open else None
    return day if day and found and day > found.as_of else None


def _open_job(draft: Draft) -> Job | None:
    return Job.objects.open().filter(kind=jobs.SIMULATE, key=str(draft.pk)).first()


def _movers(request: Request, draft: Draft, found: queries.Simulation) -> dict[str, Any]:
    """Who would move, the most valuable first; ``?before=…&after=…`` names one flow."""
    before, after = (_rank(request.GET.get(name, "")) for name in ("before", "after"))
    names = {"before": _names(found.before), "after": _names(found.after)}
    flow = {"before": before, "after": after} if before is not None and after is not None else {}
    moved = queries.moved(request.user, draft, count=MOST_MOVERS, **flow)
    rows = [
        {
            "customer": one.customer,
            "before_name": names["before"].get(one.before, ""),
            "after_name": names["after"].get(one.after, ""),
            "rises": one.after > found.place(one.before) > 0,
            "falls": one.after < found.place(one.before),
            "score_before": one.score_before,
            "score_after": one.score_after,
            "revenue": one.revenue,
        }
        for one in moved.rows
    ]
    title = ""
    if flow:
        title = f"{names['before'].get(before or 0, '')} → {names['after'].get(after or 0, '')}"
    return {"rows": rows, "total": moved.total, "title": title, "chosen": bool(flow)}


def _names(sides: tuple[queries.SideTotal, ...]) -> dict[int, str]:
    return {side.rank: side.name for side in sides}


def _rank(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None


@requires("insight.view")
def progress(request: Request, pk: int) -> HttpResponse:
    """The bar of a simulation that is at work; when it has ended, a link to its outcome."""
    draft = page.draft_of(request, pk)
    job = _open_job(draft)
    status = 200 if job else STOP_POLLING
    return render(request, "studio/_progress.html", {"job": job, "draft": draft}, status=status)
