"""The recycle bin: look, bring back, remove for good."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers import services
from zhike.crm.interactions import notes
from zhike.crm.portfolio import recycling
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request


@requires("customers.view", "customers.edit")
def recycle_bin(request: Request) -> HttpResponse:
    """Everything deleted that the person may bring back, the latest first."""
    user = request.user
    can_purge = allowed(user, recycling.CAPABILITY)
    found = recycling.customers(user)[: recycling.SHOWN]
    context = {
        "customers": [(c, can_purge and recycling.may_purge(c.deleted_at)) for c in found],
        "contacts": recycling.contacts(user)[: recycling.SHOWN],
        "notes": recycling.notes(user)[: recycling.SHOWN],
        "days": recycling.KEPT.days,
        "can_purge": can_purge,
    }
    return render(request, "customers/recycle_bin.html", context)


@requires("customers.view", "customers.edit")
@require_POST
def restore(request: Request, kind: str, pk: int) -> HttpResponse:
    """Bring back a customer, a contact or a note; its page opens."""
    user = request.user
    if kind == "customer":
        customer = get_object_or_404(recycling.customers(user), pk=pk)
        services.restore_customer(actor=user, customer=customer)
        return _back(request, customer.name, customer.pk)
    if kind == "contact":
        contact = get_object_or_404(recycling.contacts(user), pk=pk)
        services.restore_contact(actor=user, contact=contact)
        return _back(request, contact.name, contact.customer_id)
    note = get_object_or_404(recycling.notes(user), pk=pk)
    notes.restore_note(actor=user, note=note)
    return _back(request, str(note), note.customer_id)


def _back(request: Request, name: str, customer: Any) -> HttpResponse:
    messages.success(request, _("%(name)s is back.") % {"name": name})
    return redirect("customers:detail", pk=customer)


@requires("customers.view", "customers.edit", recycling.CAPABILITY)
@require_POST
def purge(request: Request, pk: int) -> HttpResponse:
    customer = get_object_or_404(recycling.customers(request.user), pk=pk)
    name = customer.name
    recycling.purge_customer(actor=request.user, customer=customer)
    messages.success(request, _("%(name)s is removed for good.") % {"name": name})
    return redirect("customers:recycle_bin")
