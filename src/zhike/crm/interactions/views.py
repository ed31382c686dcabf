"""The form of an interaction on its own page and in place, and what is open: settled or put off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from zhike.crm.customers import access
from zhike.crm.customers.models import Customer
from zhike.crm.interactions import services
from zhike.crm.interactions.forms import InteractionForm, PostponeForm
from zhike.crm.interactions.models import Interaction, InteractionKind
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, row_asked, way_back
from zhike.platform.templatetags import zhike_format as say


@requires("customers.view", "customers.edit")
def create(request: Request) -> HttpResponse:
    """Note a contact with a customer: a page, or (through htmx) a form in the place where one stands."""
    customer = _customer(request)
    form = InteractionForm(
        request.POST or None, customer=customer, user=request.user, initial=_initial(request, customer)
    )
    if request.method == "POST" and form.is_valid() and _log(request, customer, form):
        messages.success(request, _("The interaction is noted."))
        if request.htmx:
            return trigger_client_event(HttpResponse(), "followed-up", {"customer": customer.pk})
        return redirect(way_back(request, _page_of(customer)))
    context = {
        "form": form,
        "customer": customer,
        "kinds": InteractionKind.choices,
        "back": way_back(request, _page_of(customer)),
    }
    template = "interactions/_form.html" if request.htmx else "interactions/form.html"
    status = 422 if request.method == "POST" else 200
    return render(request, template, context, status=status)


def _initial(request: Request, customer: Customer) -> dict[str, Any]:
    """The kind that the address asks for, and the person one usually talks to."""
    kind = request.GET.get("kind", "")
    return {
        "kind": kind if kind in InteractionKind.values else InteractionKind.CALL,
        "contact": customer.contacts.filter(is_primary=True).first(),
    }


def _page_of(customer: Customer) -> str:
    return reverse("customers:detail", args=[customer.pk])


def _customer(request: Request) -> Customer:
    customer = row_asked(Customer.objects.visible_to(request.user), request.GET.get("customer", ""))
    access.require_editable(request.user, customer)
    return customer


def _log(request: Request, customer: Customer, form: InteractionForm) -> bool:
    try:
        services.log_interaction(actor=request.user, customer=customer, **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


@requires("customers.view", "customers.edit")
@require_POST
def settle(request: Request, pk: int) -> HttpResponse:
    interaction = _interaction(request, pk)
    services.settle(actor=request.user, interaction=interaction)
    messages.success(request, _("Settled."))
    return _done(request, interaction)


@requires("customers.view", "customers.edit")
@require_POST
def postpone(request: Request, pk: int) -> HttpResponse:
    """Promise a step for another day."""
    interaction = _interaction(request, pk)
    form = PostponeForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose a day from today on."), field="on")
    services.postpone(actor=request.user, interaction=interaction, on=form.cleaned_data["on"])
    messages.success(
        request, _("The next step is now due on %(day)s.") % {"day": say.day(form.cleaned_data["on"])}
    )
    return _done(request, interaction)


def _interaction(request: Request, pk: int) -> Interaction:
    visible = Interaction.objects.visible_to(request.user).select_related("customer")
    return get_object_or_404(visible, pk=pk)


def _done(request: Request, interaction: Interaction) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(HttpResponse(), "followed-up", {"customer": interaction.customer_id})
    return redirect(way_back(request, reverse("customers:detail", args=[interaction.customer_id])))
