"""Forms of customers and contact persons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from zhike.crm.customers import access, likeness, services
from zhike.crm.customers.forms import ContactForm, CustomerForm, QuickForm
from zhike.crm.customers.models import Contact, Customer
from zhike.platform import conflicts
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, number_of

SAVE_ANYWAY = "save_anyway"


@requires("customers.view", "customers.edit")
def create(request: Request) -> HttpResponse:
    """A new customer, with everything that is known."""
    start = {name: request.GET[name] for name in ("name", "phone", "email", "kind") if request.GET.get(name)}
    form = CustomerForm(request.POST or None, user=request.user, initial=start)
    if request.method == "POST" and form.is_valid() and _is_new(request, form):
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
def quick(request: Request) -> HttpResponse:
    """Enough to have a customer: in the dialog of every page, or as a page of its own."""
    form = QuickForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid() and _is_new(request, form):
        found: list[Customer] = []

        def save() -> None:
            found.append(services.create_customer(actor=request.user, **form.cleaned_data))

        if attempt(form, save):
            messages.success(request, _("Saved."))
            address = reverse("customers:detail", args=[found[0].pk])
            return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    template = "customers/_quick.html" if request.htmx else "customers/quick.html"
    status = getattr(form, "status", 422 if form.is_bound else 200)
    return render(request, template, {"form": form}, status=status)


@requires("customers.view", "customers.edit")
def duplicates(request: Request) -> HttpResponse:
    """While somebody types: who may be the same already."""
    found = _look(request, request.GET)
    return render(request, "customers/_duplicates.html", {"found": found, "saves": "saves" in request.GET})


def _look(request: Request, data: QueryDict) -> likeness.Found:
    given = {name: data.get(name, "")[:300].replace("\0", "") for name in ("name", "phone", "email")}
    return likeness.look(request.user, besides=number_of(data.get("besides", "")), **given)


def _is_new(request: Request, form: Any) -> bool:
    """False, with the warning on the form, while an equal customer exists and nobody said to save anyway."""
    if SAVE_ANYWAY in request.POST:
        return True
    found = _look(request, request.POST)
    form.found = found if found.is_certain else None
    return not found.is_certain


@requires("customers.view", "customers.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    """Change a customer; when somebody else saved meanwhile, both values are shown to choose from (409)."""
    rows = Customer.objects.visible_to(request.user)
    customer = get_object_or_404(rows, pk=pk)
    access.require_editable(request.user, customer)

    def fresh() -> CustomerForm:
        return CustomerForm(instance=Customer.objects.get(pk=pk), user=request.user)

    data = conflicts.with_choices(request.POST, fresh()) if request.method == "POST" else None
    form = CustomerForm(data, instance=get_object_or_404(rows, pk=pk), user=request.user)
    if form.is_bound and form.is_valid() and attempt(form, lambda: _save(request, form, customer), fresh):
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
    messages.success(request, _("%(name)s is in the recycle bin.") % {"name": customer.name})
    return redirect("customers:list")


@requires("customers.view", "customers.edit")
def contact(request: Request, customer_pk: int, pk: int | None = None) -> HttpResponse:
    """Add or change a contact person."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_pk)
    access.require_editable(request.user, customer)
    known = get_object_or_404(customer.contacts, pk=pk) if pk else None

    def fresh() -> ContactForm:
        return ContactForm(instance=Contact.objects.get(pk=pk) if pk else None, user=request.user)

    data = conflicts.with_choices(request.POST, fresh()) if request.method == "POST" else None
    form = ContactForm(data, instance=known, user=request.user)
    if form.is_bound and form.is_valid():

        def save() -> Any:
            return services.save_contact(actor=request.user, customer=customer, contact=known, **form.verbs())

        if attempt(form, save, fresh):
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
    messages.success(request, _("%(name)s is in the recycle bin.") % {"name": found.name})
    return redirect("customers:detail", pk=customer_pk)


def attempt(form: Any, act: Callable[[], Any], fresh: Callable[[], forms.ModelForm] | None = None) -> bool:
    """True when the act succeeded; a broken rule stands beside its field, the input is kept.

    ``fresh`` gives the form of the record as it is saved now: after a conflict both values are compared.
    """
    try:
        act()
    except DomainError as error:
        form.status = error.status
        if isinstance(error, Conflict) and fresh is not None:
            form.meeting = conflicts.meet(form, now := fresh(), now.instance)
            return False
        name = error.field.replace("custom.", "custom_")
        form.add_error(name if name in form.fields else None, str(error.message))
        return False
    return True


def _page(request: Request, form: Any, **context: Any) -> HttpResponse:
    status = getattr(form, "status", 422 if form.is_bound else 200)
    found = getattr(form, "found", None)
    meeting = getattr(form, "meeting", None)
    context |= {"form": form, "found": found, "meeting": meeting}
    return render(request, "customers/form.html", context, status=status)
