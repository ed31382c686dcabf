"""Accepting or declining what is proposed for a customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers.models import Customer
from zhike.crm.prediction import cards, decisions
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request


@requires("customers.edit", "insight.view")
@require_POST
def decide(request: Request, pk: int) -> HttpResponse:
    """The answer to a proposal; in the page the card comes anew, without htmx the whole page."""
    customer = get_object_or_404(
        Customer.objects.visible_to(request.user).select_related("owner", "score"), pk=pk
    )
    try:
        _decide(request, customer)
    except DomainError as error:
        messages.error(request, str(error))
    if not request.htmx:
        return redirect("customers:detail", pk)
    context = cards.next_action(request, customer) or {}
    return render(request, "prediction/_action.html", {"customer": customer, **context})


def _decide(request: Request, customer: Customer) -> None:
    action = request.POST.get("action", "")[:40]
    if request.POST.get("decision") == "accept":
        decisions.accept_action(actor=request.user, customer=customer, action=action)
        messages.success(request, _("A task was made of it."))
    else:
        reason = request.POST.get("reason", "")
        decisions.refuse_action(actor=request.user, customer=customer, action=action, reason=reason)
        messages.success(request, _("The reason is noted; this is not proposed again for 90 days."))
