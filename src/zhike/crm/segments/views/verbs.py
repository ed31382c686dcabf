"""Buttons of a segment: publish, archive, duplicate, delete, decide by hand, evaluate again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.analytics.problems import SettingsError
from zhike.crm.customers.models import Customer
from zhike.crm.segments import services, wording
from zhike.crm.segments.forms import ChoiceForm
from zhike.crm.segments.views.detail import seen
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request


@requires("insight.view", "segments.edit")
@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    """What is being edited comes into force; its members are found at once."""
    segment = seen(request, pk)
    try:
        services.publish(actor=request.user, segment=segment)
    except SettingsError as error:
        messages.error(request, "; ".join(one["text"] for one in wording.problems(error)))
        return redirect("segments:edit", pk)
    messages.success(request, _("The segment is published. Its members follow from now on."))
    return redirect("segments:detail", pk)


@requires("insight.view", "segments.edit")
@require_POST
def archive(request: Request, pk: int) -> HttpResponse:
    """No longer evaluated; its history stays."""
    services.archive(actor=request.user, segment=seen(request, pk))
    messages.success(request, _("The segment is archived. Publish it to bring it back."))
    return redirect("segments:detail", pk)


@requires("insight.view", "segments.edit")
@require_POST
def duplicate(request: Request, pk: int) -> HttpResponse:
    made = services.duplicate(actor=request.user, segment=seen(request, pk))
    messages.success(request, _("This is the copy, as a draft."))
    return redirect("segments:edit", made.pk)


@requires("insight.view", "segments.edit")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    """Refused, with the places, while something uses it."""
    try:
        services.delete(actor=request.user, segment=seen(request, pk))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("segments:detail", pk)
    messages.success(request, _("The segment is deleted. Its customers stay."))
    return redirect("segments:list")


@requires("insight.view", "segments.edit")
@require_POST
def choose(request: Request, pk: int) -> HttpResponse:
    """Always in, never in, or as the conditions say."""
    segment, form = seen(request, pk), ChoiceForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose a customer and whether it is always or never in."))
    given = form.cleaned_data
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=given["customer"])
    services.choose(
        actor=request.user,
        segment=segment,
        customer=customer,
        choice=given["choice"] or None,
        reason=given["reason"],
    )
    messages.success(request, _("Noted for %(customer)s.") % {"customer": customer.name})
    return redirect("segments:detail", pk)
