"""The inbox of decisions: the queue, the item, and the verbs on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zhike.crm.customers.models import Merge
from zhike.crm.decisions import alike as together
from zhike.crm.decisions import queries, services
from zhike.crm.decisions.sources import SOURCES, Entry, Narrowing, entry_of
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, number_of

CUSTOM = "custom:"


@requires("customers.view")
def inbox(request: Request) -> HttpResponse:
    """The queue at the left, one item large at the right."""
    return _page(request, request.GET.get("item", ""))


@requires("customers.view")
def count(request: Request) -> HttpResponse:
    """How much waits, for the side bar."""
    return render(request, "decisions/_count.html", {"waiting": queries.remembered_total(request.user)})


def _page(
    request: Request, item: str, *, error: str = "", typed: Any = None, status: int = 200
) -> HttpResponse:
    """``item`` is the key of the one that is asked for."""
    kind, narrowing = _wanted(request)
    entries = queries.queue(request.user, kind, narrowing)
    current, row = _current(request.user, item, entries)
    queries.forget_total(request.user)
    counts = queries.counts(request.user, narrowing)
    left = sum(count.number for count in counts if kind in ("", count.source.kind))
    done = queries.decided_today(request.user)
    context: dict[str, Any] = {
        "entries": entries,
        "current": current,
        "counts": counts,
        "all": sum(count.number for count in counts),
        "waiting": left,
        "more": left - len(entries),
        "done": done,
        "percent": int(100 * done / (done + left)) if done + left else 100,
        "kind": kind,
        "narrowing": narrowing,
        "owners": queries.owners(request.user),
        "imports": queries.imports_with_rows(request.user),
        "query": _query(request),
        "last": services.last_decision(request.user),
        "error": error,
    }
    if current is not None:
        source = SOURCES[current.kind]
        context |= {"row": row, "template": source.template, **source.context(row, request.user)}
        if typed:
            _put_typed(context, typed)
    return render(request, "decisions/inbox.html", context, status=status)


def _wanted(request: Request) -> tuple[str, Narrowing]:
    kind = request.GET.get("kind", "")
    return kind if kind in SOURCES else "", Narrowing(_asked(request, "import"), _asked(request, "owner"))


def _asked(request: Request, name: str) -> int | None:
    return number_of(request.GET.get(name, ""))


def _current(user: Any, wanted: str, entries: list[Entry]) -> tuple[Entry | None, Any]:
    """The item asked for when it still waits, else the first of the queue."""
    kind, _sep, text = wanted.partition("-")
    number = number_of(text)
    if number is not None:
        row = queries.one(user, kind, number)
        if row is not None:
            return entry_of(SOURCES[kind], row), row
    first = entries[0] if entries else None
    return first, first and queries.one(user, first.kind, first.pk)


def _query(request: Request) -> str:
    """The filters, to be carried along."""
    kept = [(name, request.GET[name]) for name in ("kind", "import", "owner") if request.GET.get(name)]
    return urlencode(kept)


def _put_typed(context: dict[str, Any], typed: dict[str, str]) -> None:
    """What the person typed comes back with the reason why it was refused."""
    context["typed"] = typed
    for form in context.get("rows", []):
        for place, cell in enumerate(form.inputs):
            form.inputs[place] = type(cell)(
                cell.name, cell.label, cell.hint, typed.get(cell.name, cell.text), cell.wrong
            )


def _next(request: Request, after: str = "") -> HttpResponseRedirect:
    query = _query(request)
    if after:
        query = f"{query}&{urlencode({'item': after})}" if query else urlencode({"item": after})
    return redirect(f"{reverse('decisions:inbox')}{'?' + query if query else ''}")


def _waiting(request: Request, kind: str, pk: int) -> Any:
    row = queries.one(request.user, kind, pk)
    if row is None:
        raise Http404
    return row


@requires("customers.view")
@require_POST
def decide(request: Request, kind: str, pk: int) -> HttpResponse:
    """Settle the item and go to the next one."""
    row = _waiting(request, kind, pk)
    following = _following(request, kind, pk)
    choice = request.POST.get("choice", "")
    try:
        services.settle(actor=request.user, kind=kind, row=row, choice=choice, data=_data(request, kind, row))
    except DomainError as error:
        typed = request.POST.dict()
        return _page(request, f"{kind}-{pk}", error=str(error), typed=typed, status=error.status)
    return _next(request, following)


def _following(request: Request, kind: str, pk: int) -> str:
    """The item that stands after this one in the queue."""
    keys = [entry.key for entry in queries.queue(request.user, *_wanted(request))]
    key = f"{kind}-{pk}"
    place = keys.index(key) + 1 if key in keys else 0
    return keys[place] if place < len(keys) else ""


def _data(request: Request, kind: str, row: Any) -> dict[str, Any]:
    if kind == "rejected":
        from zhike.crm.decisions import comparing

        forms = comparing.rejected(row, request.user)["rows"]
        return {
            "cells": {
                form.issue.pk: {
                    cell.label: request.POST.get(cell.name, cell.text)[:2000] for cell in form.inputs
                }
                for form in forms
            }
        }
    if kind == "duplicate":
        return _merge_data(request, row)
    return {}


def _merge_data(request: Request, pair: Any) -> dict[str, Any]:
    """Sides are named by the number of their record; what comes from the other one is taken."""
    survivor = number_of(request.POST.get("survivor", "")) or pair.left_id
    merged = pair.right_id if survivor == pair.left_id else pair.left_id
    fields = {name: value for name, value in request.POST.items() if name.startswith("field:")}
    data: dict[str, Any] = {"survivor": survivor}
    if fields:
        data["take"] = [name.removeprefix("field:") for name, value in fields.items() if value == str(merged)]
    versions = [number_of(request.POST.get(f"version-{number}", "")) for number in (survivor, merged)]
    if None not in versions:
        data["versions"] = tuple(versions)
    return data


@requires("customers.view")
def alike(request: Request, kind: str, pk: int) -> HttpResponse:
    """How many rows wait for the same reason; posted, all of them are decided."""
    row = _waiting(request, kind, pk)
    choice = (request.POST if request.method == "POST" else request.GET).get("choice", "")
    if request.method != "POST":
        rows = together.like(request.user, kind, row, choice)
        context = {"rows": rows[:5], "count": len(rows), "kind": kind, "row": row, "choice": choice}
        return render(request, "decisions/_alike.html", {**context, "query": _query(request)})
    done = together.decide_alike(actor=request.user, kind=kind, issue=row, choice=choice)
    if not isinstance(done, int):
        return redirect("platform:job", done.pk)
    text = ngettext("%(count)s row decided.", "%(count)s rows decided.", done) % {"count": done}
    messages.success(request, text)
    return _next(request)


@requires("customers.view")
@require_POST
def undo(request: Request) -> HttpResponse:
    """Take the last decision back and show its item again."""
    try:
        undone = services.undo_last(actor=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return _next(request)
    first = undone[-1]
    messages.success(request, _("Taken back."))
    return _next(request, f"{first.kind}-{first.item}")


@requires("customers.view", "customers.edit")
@require_POST
def undo_merge(request: Request, pk: int) -> HttpResponse:
    """Make two customers of one again, from the customer page."""
    rows = Merge.objects.visible_to(request.user).select_related("merged", "survivor")
    merge = get_object_or_404(rows, pk=pk)
    try:
        kept = services.undo_merge(actor=request.user, merge=merge)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("customers:detail", merge.survivor_id)
    name = {"name": merge.merged.name}
    messages.success(request, _("%(name)s is a customer of its own again.") % name)
    if kept:
        messages.warning(request, _("What was changed since the merge waits in the inbox."))
    return redirect("customers:detail", merge.merged_id)
