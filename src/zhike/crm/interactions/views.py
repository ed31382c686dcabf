"""The form of an interaction, and settling what is open."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers.models import Customer
from zhike.crm.interactions import services
from zhike.crm.interactions.forms import InteractionForm
from zhike.crm.interactions.models import Interaction
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request


@requires("customers.view", "customers.edit")
def create(request: Request) -> HttpResponse:
    """Note a contact with a customer."""
    customer = _customer(request)
    form = InteractionForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid() and _log(request, customer, form):
        messages.success(request, _("The interaction is noted."))
        return redirect("customers:detail", pk=customer.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "customer": customer}
    return render(request, "interactions/form.html", context, status=status)


def _customer(request: Request) -> Customer:
    text = request.GET.get("customer", "")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Http404
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=int(text))


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
    visible = Interaction.objects.visible_to(request.user).select_related("customer")
    interaction = get_object_or_404(visible, pk=pk)
    services.settle(actor=request.user, interaction=interaction)
    messages.success(request, _("Settled."))
    return redirect("customers:detail", pk=interaction.customer_id)
