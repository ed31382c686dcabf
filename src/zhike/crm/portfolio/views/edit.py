"""Forms of customers and contact persons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers import services
from zhike.crm.customers.forms import ContactForm, CustomerForm
from zhike.crm.customers.models import Contact, Customer
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request


@requires("customers.view", "customers.edit")
def create(request: Request) -> HttpResponse:
    """A new customer."""
    form = CustomerForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        found: list[Customer] = []
        if attempt(form, lambda: found.append(_create(request, form))):
            messages.success(request, _("Saved."))
            return redirect("customers:detail", pk=found[0].pk)
    return _page(request, form, title=_("New customer"), customer=None)


def _create(request: Request, form: CustomerForm) -> Customer:
    data = form.cleaned_data
    return services.create_customer(
        actor=request.user, owner=data["owner"], team=data["team"], tags=form.tags, **form.verbs()
    )


@requires("customers.view", "customers.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    """Change a customer; when somebody else saved meanwhile, the input stays and says so (409)."""
    rows = Customer.objects.visible_to(request.user)
    customer = get_object_or_404(rows, pk=pk)
    form = CustomerForm(request.POST or None, instance=get_object_or_404(rows, pk=pk), user=request.user)
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _save(request, form, customer)):
        messages.success(request, _("Saved."))
        return redirect("customers:detail", pk=pk)
    return _page(request, form, title=customer.name, customer=customer)


@transaction.atomic
def _save(request: Request, form: CustomerForm, customer: Customer) -> None:
    data, actor = form.cleaned_data, request.user
    changed = services.update_customer(
        actor=actor, customer=customer, version=data["version"], **form.verbs()
    )
    services.set_tags(actor=actor, customer=changed, tags=form.tags)
    if (data["owner"], data["team"]) != (changed.owner, changed.team):
        moved = data["team"] if data["team"] != changed.team else None
        services.assign_customer(actor=actor, customer=changed, owner=data["owner"], team=moved)


@requires("customers.view", "customers.edit")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    services.delete_customer(actor=request.user, customer=customer)
    messages.success(request, _("%(name)s is deleted.") % {"name": customer.name})
    return redirect("customers:list")


@requires("customers.view", "customers.edit")
def contact(request: Request, customer_pk: int, pk: int | None = None) -> HttpResponse:
    """Add or change a contact person."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_pk)
    known = get_object_or_404(customer.contacts, pk=pk) if pk else None
    form = ContactForm(request.POST or None, instance=known, user=request.user)
    if request.method == "POST" and form.is_valid():
        fresh = Contact.objects.get(pk=pk) if pk else None

        def save() -> Any:
            return services.save_contact(
                actor=request.user, customer=customer, contact=fresh, **form.cleaned_data
            )

        if attempt(form, save):
            messages.success(request, _("Saved."))
            return redirect("customers:detail", pk=customer.pk)
    title = known.name if known else _("New contact")
    return _page(request, form, title=title, customer=customer, contact=known)


@requires("customers.view", "customers.edit")
@require_POST
def delete_contact(request: Request, customer_pk: int, pk: int) -> HttpResponse:
    visible = Contact.objects.visible_to(request.user).select_related("customer")
    found = get_object_or_404(visible, pk=pk, customer_id=customer_pk)
    services.delete_contact(actor=request.user, contact=found)
    messages.success(request, _("%(name)s is deleted.") % {"name": found.name})
    return redirect("customers:detail", pk=customer_pk)


def attempt(form: forms.BaseForm, act: Callable[[], Any]) -> bool:
    """True when the act succeeded; a broken rule stands beside its field, the input is kept."""
    try:
        act()
    except DomainError as error:
        name = error.field.replace("custom.", "custom_")
        form.add_error(name if name in form.fields else None, str(error.message))
        form.status = error.status  # type: ignore[attr-defined]
        if isinstance(error, Conflict) and "version" in form.fields:
            _look_again(form)
        return False
    return True


def _look_again(form: Any) -> None:
    """The next attempt starts from the record as it is now."""
    data = form.data.copy()
    data["version"] = type(form.instance).objects.values_list("version", flat=True).get(pk=form.instance.pk)
    form.data = data


def _page(request: Request, form: Any, **context: Any) -> HttpResponse:
    status = getattr(form, "status", 422 if form.is_bound else 200)
    return render(request, "customers/form.html", {"form": form, **context}, status=status)
