"""Deciding the tier of one customer by hand, and letting the rules decide again."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhike.crm.customers.models import Customer
from zhike.crm.insight import deciding, labels, overrides
from zhike.crm.insight.models import CustomerScore
from zhike.crm.studio.forms import OverrideForm
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import requires
from zhike.platform.requests import Request

#: An override lasts half a year unless somebody says otherwise.
USUAL_DAYS = 182


@requires("tiers.edit", "insight.view")
@require_http_methods(["GET", "HEAD", "POST"])
def override(request: Request, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    score = get_object_or_404(
        CustomerScore.objects.visible_to(request.user).filter(earned_tier__gt=0), customer=customer
    )
    names, before = labels.tier_names(), overrides.of(customer)
    start = {
        "tier": score.tier,
        "reason": before.reason if before else "",
        "expires_on": before.expires_on if before else timezone.localdate() + timedelta(days=USUAL_DAYS),
    }
    form = OverrideForm(request.POST if request.method == "POST" else None, names=names, initial=start)
    if form.is_bound and form.is_valid() and _save(request, customer, form):
        messages.success(request, _("The tier is set by hand."))
        return redirect("customers:detail", customer.pk)
    context = {
        "customer": customer,
        "form": form,
        "earned": score.earned_tier,
        "earned_name": names.get(score.earned_tier, ""),
    }
    return render(request, "studio/override.html", context, status=422 if form.is_bound else 200)


def _save(request: Request, customer: Customer, form: OverrideForm) -> bool:
    try:
        deciding.override_tier(request.user, customer, **form.cleaned_data)
    except NotAllowed:
        raise
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


@requires("tiers.edit", "insight.view")
@require_POST
def end_override(request: Request, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    found = overrides.of(customer)
    if found is not None:
        deciding.end_override(request.user, found)
        messages.success(request, _("The rules decide again."))
    return redirect("customers:detail", customer.pk)
