"""Whose customers they are: assign, share, and hand over all of a colleague's in one act."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.accounts.models import User
from zhike.crm.customers import access, handover, services, sharing
from zhike.crm.customers.models import Customer, CustomerShare, Handover
from zhike.crm.customers.ownership_forms import AssignForm, HandoverForm, ShareForm
from zhike.crm.customers.ownership_models import HandoverState
from zhike.crm.portfolio.views import edit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, number_of

SHOWN = 5


def card(request: Request, customer: Customer) -> dict[str, Any]:
    """What the card "Owner and sharing" of the customer page shows."""
    past = customer.owner_history.select_related("owner", "team", "actor").order_by("-id")
    stretches = list(past[:50])
    shares = list(CustomerShare.objects.filter(customer=customer).select_related("user"))
    mine = access.may_edit(request.user, customer) and access.owns(request.user, customer)
    return {
        "stretches": stretches[:SHOWN],
        "older": stretches[SHOWN:],
        "shares": shares,
        "shared_with_me": next((share for share in shares if share.user_id == request.user.pk), None),
        "can_share": mine,
    }


@requires("customers.view", "customers.edit")
def assign(request: Request, pk: int) -> HttpResponse:
    """Give the customer to a colleague, or to nobody."""
    customer = _customer(request, pk)
    access.require_within_scope(request.user, customer)
    form = AssignForm(request.POST or None, initial={"owner": customer.owner_id})
    if request.method != "POST" or not form.is_valid():
        return _dialog(request, customer, form, title=_("Assign this customer"), submit=_("Assign"))
    data = form.cleaned_data
    services.assign_customer(actor=request.user, customer=customer, **data)
    owner = str(data["owner"]) if data["owner"] else _("Nobody")
    messages.success(request, _("%(name)s is assigned to %(owner)s.") % {"name": customer, "owner": owner})
    # Who gave a customer away may not see it any more.
    if not Customer.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect("customers:list")
    return redirect("customers:detail", pk=pk)


@requires("customers.view", "customers.edit")
def share(request: Request, pk: int) -> HttpResponse:
    """Let a colleague see or change the customer."""
    customer = _customer(request, pk)
    access.require_within_scope(request.user, customer)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _share(request, form, customer):
        return redirect("customers:detail", pk=pk)
    note = _("The colleague sees this customer in lists and search until you end the sharing.")
    return _dialog(request, customer, form, title=_("Share this customer"), submit=_("Share"), note=note)


def _share(request: Request, form: ShareForm, customer: Customer) -> bool:
    data = form.cleaned_data
    if not edit.attempt(form, lambda: sharing.share_customer(actor=request.user, customer=customer, **data)):
        return False
    words = {"name": customer, "user": data["user"]}
    messages.success(request, _("%(name)s is shared with %(user)s.") % words)
    return True


def _dialog(request: Request, customer: Customer, form: Form, **context: Any) -> HttpResponse:
    """The form within the dialog of the customer page, or as a page of its own."""
    template = "customers/_ownership_form.html" if request.htmx else "customers/ownership_form.html"
    status = 422 if form.is_bound else 200
    context |= {"form": form, "customer": customer, "action": request.path}
    return render(request, template, context, status=status)


@requires("customers.view", "customers.edit")
@require_POST
def revoke(request: Request, pk: int, user_pk: int) -> HttpResponse:
    """End a share."""
    customer = _customer(request, pk)
    user = get_object_or_404(User, pk=user_pk)
    sharing.revoke_share(actor=request.user, customer=customer, user=user)
    messages.success(request, _("%(user)s no longer shares this customer.") % {"user": user})
    return redirect("customers:detail", pk=pk)


def _customer(request: Request, pk: int) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)


@requires("customers.view", "customers.edit")
def handovers(request: Request) -> HttpResponse:
    """Choose who hands over to whom, look at the counts, then start; below, what was handed over before."""
    form = HandoverForm(request.POST or None, initial=_initial(request))
    found: handover.Preview | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            if "start" in request.POST:
                made = handover.start(actor=request.user, **data)
                return redirect("customers:handover", pk=made.pk)
            found = _preview(request, data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    past = Handover.objects.visible_to(request.user).select_related("source", "created_by")[:20]
    context = {"form": form, "preview": found, "past": past}
    return render(request, "customers/handovers.html", context, status=422 if form.errors else 200)


def _initial(request: Request) -> dict[str, Any]:
    source = number_of(request.GET.get("source", ""))
    return {} if source is None else {"source": source}


def _preview(request: Request, data: dict[str, Any]) -> handover.Preview:
    handover.check(data["source"], data["targets"], data["spread"])
    return handover.preview(
        actor=request.user, source=data["source"], targets=list(data["targets"]), spread=data["spread"]
    )


@requires("customers.view", "customers.edit")
def handover_detail(request: Request, pk: int) -> HttpResponse:
    """One hand-over: progress while it works, then what went to whom, and undo."""
    found = _handover(request, pk)
    job = found.job
    at_work = job is not None and job.is_open
    names = {user.pk: user for user in User.objects.filter(pk__in=found.targets)}
    by_user = [(names.get(int(pk)), count) for pk, count in found.counts.get("by_user", {}).items()]
    context = {
        "handover": found,
        "job": job,
        "at_work": at_work,
        "stopped": not at_work and found.state in (HandoverState.RUNNING, HandoverState.UNDOING),
        "percent": None if job is None or job.share is None else int(100 * job.share),
        "by_user": by_user,
        "companions": [
            (one.label, found.counts[kind])
            for kind, one in handover.COMPANIONS.items()
            if kind in found.counts
        ],
        "targets": list(names.values()),
    }
    if request.htmx:
        return render(request, "customers/_handover.html", context, status=200 if at_work else 286)
    return render(request, "customers/handover.html", context)


@requires("customers.view", "customers.edit")
@require_POST
def handover_undo(request: Request, pk: int) -> HttpResponse:
    """Take a hand-over back, except for what was changed since."""
    handover.start_undo(actor=request.user, handover=_handover(request, pk))
    return redirect("customers:handover", pk=pk)


@requires("customers.view", "customers.edit")
@require_POST
def handover_go_on(request: Request, pk: int) -> HttpResponse:
    """Go on with one that was stopped."""
    handover.go_on(actor=request.user, handover=_handover(request, pk))
    return redirect("customers:handover", pk=pk)


def _handover(request: Request, pk: int) -> Handover:
    rows = Handover.objects.visible_to(request.user).select_related("source", "created_by", "job")
    return get_object_or_404(rows, pk=pk)
