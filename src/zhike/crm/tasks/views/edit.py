"""Creating, changing and settling tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from zhike.crm.customers.models import Customer
from zhike.crm.customers.search import search_ids
from zhike.crm.tasks import queries, services
from zhike.crm.tasks.forms import PostponeForm, QuickTaskForm, TaskForm
from zhike.crm.tasks.models import Task
from zhike.platform import conflicts
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import signed_in
from zhike.platform.requests import Request, number_of, row_asked, way_back
from zhike.platform.templatetags.zhike_format import day

SUGGESTIONS = 8


@signed_in
def create(request: Request) -> HttpResponse:
    """A new task, with everything that can be said about it."""
    form = TaskForm(request.POST or None, user=request.user, initial=_asked(request))

    def save() -> None:
        services.create_task(actor=request.user, **form.verbs())

    if request.method == "POST" and form.is_valid() and _attempt(form, save):
        messages.success(request, _("The task is noted."))
        return redirect(_back(request))
    return _page(request, form, None)


@signed_in
@require_POST
def quick(request: Request) -> HttpResponse:
    """One line: what, and when."""
    form = QuickTaskForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        customer = _customer(request, str(data.pop("customer") or ""))
        services.create_task(actor=request.user, customer=customer, **data)
        messages.success(request, _("The task is noted."))
    else:
        messages.error(request, _("Say in at most 200 characters what is to be done."))
    return redirect(_back(request))


@signed_in
def detail(request: Request, pk: int) -> HttpResponse:
    """One task: to read, and for those who may, to change. After a conflict both values are shown (409)."""
    task = _task(request, pk)

    def fresh() -> TaskForm:
        return TaskForm(user=request.user, task=Task.objects.get(pk=pk))

    data = conflicts.with_choices(request.POST, fresh()) if request.method == "POST" else None
    form = TaskForm(data, user=request.user, task=task)
    if form.is_bound and form.is_valid():

        def save() -> None:
            version = form.cleaned_data["version"]
            services.change_task(actor=request.user, task=task, version=version, **form.verbs())

        if _attempt(form, save, fresh):
            messages.success(request, _("Saved."))
            return redirect(_back(request))
    return _page(request, form, task)


@signed_in
@require_POST
def done(request: Request, pk: int) -> HttpResponse:
    """Tap to complete."""
    task = _task(request, pk)
    following = services.complete_task(actor=request.user, task=task)
    words = _("Done.")
    if following is not None and following.due_on:
        words = _("Done. The next one is due on %(day)s.") % {"day": day(following.due_on)}
    return _settled(request, task, words)


@signed_in
@require_POST
def reopen(request: Request, pk: int) -> HttpResponse:
    task = _task(request, pk)
    services.reopen_task(actor=request.user, task=task)
    return _settled(request, task, _("The task is open again."))


@signed_in
@require_POST
def drop(request: Request, pk: int) -> HttpResponse:
    task = _task(request, pk)
    services.cancel_task(actor=request.user, task=task)
    return _settled(request, task, _("The task is dropped."))


@signed_in
@require_POST
def postpone(request: Request, pk: int) -> HttpResponse:
    task = _task(request, pk)
    form = PostponeForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose a day."), field="due_on")
    services.postpone_task(actor=request.user, task=task, due_on=form.cleaned_data["due_on"])
    return _settled(request, task, _("Postponed to %(day)s.") % {"day": day(form.cleaned_data["due_on"])})


@signed_in
@require_GET
def pick(request: Request) -> HttpResponse:
    """The customer of the form: found by typing, shown when chosen."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:80]
    visible = Customer.objects.visible_to(request.user)
    if text:
        ids = search_ids(text, visible, request.user, limit=SUGGESTIONS)
        found = visible.in_bulk(ids)
        return render(request, "tasks/_found.html", {"found": [found[pk] for pk in ids if pk in found]})
    if "q" in request.GET:
        return HttpResponse()
    return render(
        request, "tasks/_picked.html", {"customer": _customer(request, request.GET.get("customer", ""))}
    )


def _task(request: Request, pk: int) -> Task:
    rows = Task.objects.visible_to(request.user).select_related("assignee", "creator", "done_by", "customer")
    return get_object_or_404(rows, pk=pk)


def _asked(request: Request) -> dict[str, Any]:
    """What the address already says about the new task."""
    asked: dict[str, Any] = {}
    if customer := _customer(request, request.GET.get("customer", "")):
        asked["customer"] = customer.pk
    if due_on := _day(request.GET.get("due_on", "")):
        asked["due_on"] = due_on
    if title := request.GET.get("title", "").strip()[:200]:
        asked["title"] = title
    return asked


def _day(text: str) -> Any:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def _customer(request: Request, text: str) -> Customer | None:
    return row_asked(Customer.objects.visible_to(request.user), text) if text else None


def _back(request: Request) -> str:
    return way_back(request, reverse("tasks:list"))


def _settled(request: Request, task: Task, words: str) -> HttpResponse:
    """The check of the list in its new state; without htmx the page again, with a word."""
    messages.success(request, words)
    if not request.htmx:
        return redirect(_back(request))
    task.refresh_from_db()
    response = render(request, "tasks/_check.html", {"row": task})
    trigger_client_event(response, "tasks-changed", {})
    return response


def _attempt(form: TaskForm, act: Callable[[], Any], fresh: Callable[[], TaskForm] | None = None) -> bool:
    """True when the act succeeded; a broken rule stands beside its field, the input is kept."""
    try:
        act()
    except DomainError as error:
        form.status = error.status
        if isinstance(error, Conflict) and fresh is not None:
            now = fresh()
            assert now.task is not None
            form.meeting = conflicts.meet(form, now, now.task)
            return False
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


def _page(request: Request, form: TaskForm, task: Task | None) -> HttpResponse:
    number = form["customer"].value()
    chosen = Customer.objects.visible_to(request.user).filter(pk=_number(number)).first()
    context = {
        "form": form,
        "task": queries.with_customers(request.user, [task])[0] if task else None,
        "customer": chosen,
        "meeting": form.meeting,
        "base": form.data.get("base", "") if form.is_bound else conflicts.sealed(form),
        "next": _back(request),
    }
    status = form.status or (422 if form.is_bound else 200)
    return render(request, "tasks/form.html", context, status=status)


def _number(value: Any) -> int:
    return number_of(str(value or "")) or 0
