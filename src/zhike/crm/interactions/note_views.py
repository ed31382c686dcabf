"""Notes of a customer: write, change, pin, delete."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers.models import Customer
from zhike.crm.interactions import notes
from zhike.crm.interactions.models import Note
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, row_asked


@requires("customers.view", "customers.edit")
def note(request: Request, pk: int | None = None) -> HttpResponse:
    """Write a note of a customer (``?customer=``) or change one."""
    known = get_object_or_404(_visible(request), pk=pk) if pk else None
    if known is not None and not notes.may_change(request.user, known):
        raise Http404
    customer = known.customer if known else _customer(request)
    context = {"customer": customer, "note": known, "body": known.body if known else ""}
    if request.method != "POST":
        return render(request, "interactions/note_form.html", context)
    try:
        _save(request, customer, known)
    except DomainError as error:
        # What was typed stays; after a conflict the other version stands beside it.
        saved = Note.objects.get(pk=known.pk) if known and isinstance(error, Conflict) else None
        context |= {"error": str(error), "saved": saved, "body": request.POST.get("body", "")}
        context |= {"note": saved or known}
        return render(request, "interactions/note_form.html", context, status=error.status)
    messages.success(request, _("Saved."))
    return redirect("customers:detail", pk=customer.pk)


def _save(request: Request, customer: Customer, known: Note | None) -> None:
    body = request.POST.get("body", "")
    if known is None:
        notes.add_note(
            actor=request.user, customer=customer, body=body, pinned=request.POST.get("pinned") == "on"
        )
    else:
        notes.change_note(actor=request.user, note=known, body=body, seen=request.POST.get("seen", ""))


@requires("customers.view", "customers.edit")
@require_POST
def pin(request: Request, pk: int) -> HttpResponse:
    found = get_object_or_404(_visible(request), pk=pk)
    notes.pin_note(actor=request.user, note=found, pinned=request.POST.get("pinned") == "1")
    return redirect("customers:detail", pk=found.customer_id)


@requires("customers.view", "customers.edit")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    found = get_object_or_404(_visible(request), pk=pk)
    notes.delete_note(actor=request.user, note=found)
    messages.success(request, _("The note is in the recycle bin."))
    return redirect("customers:detail", pk=found.customer_id)


def _visible(request: Request) -> QuerySet[Note]:
    return Note.objects.visible_to(request.user).select_related("customer")


def _customer(request: Request) -> Customer:
    return row_asked(Customer.objects.editable_by(request.user), request.GET.get("customer", ""))
