"""The page of the rhythm, and the warning that the form of an interaction fetches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from zhike.crm.customers.models import Customer
from zhike.crm.followups import cards, services
from zhike.crm.followups.forms import PolicyForm
from zhike.crm.followups.policies import policies
from zhike.crm.insight import labels
from zhike.platform.errors import DomainError
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request, row_asked


@requires("insight.view")
def page(request: Request) -> HttpResponse:
    """The rhythm of every tier; those with the right change it here."""
    may_edit = allowed(request.user, "followups.edit")
    data = request.POST if request.method == "POST" and may_edit else None
    forms = {
        rank: PolicyForm(data, prefix=str(rank), initial=asdict(policy))
        for rank, policy in sorted(policies().items(), reverse=True)
    }
    valid = [form.is_valid() for form in forms.values()] if data is not None else [False]
    if all(valid) and _save(request, forms):
        messages.success(request, _("Saved."))
        return redirect("followups:policies")
    names = labels.tier_names()
    context = {"rows": [(rank, names[rank], form) for rank, form in forms.items()], "may_edit": may_edit}
    return render(request, "followups/policies.html", context, status=200 if data is None else 422)


def _save(request: Request, forms: dict[int, PolicyForm]) -> bool:
    try:
        services.save_policies(actor=request.user, wanted={r: form.policy for r, form in forms.items()})
    except DomainError as error:
        rank, _dash, name = error.field.partition("-")
        form = forms.get(int(rank)) if rank.isdigit() else None
        (form or next(iter(forms.values()))).add_error(name or None, str(error))
        return False
    return True


@requires("customers.view")
def warning(request: Request) -> HttpResponse:
    """What to know before contacting a customer once more: nothing, or that it would be too often."""
    customer = row_asked(Customer.objects.visible_to(request.user), request.GET.get("customer", ""))
    context: dict[str, Any] = {"warning": cards.warning(request.user, customer)}
    return render(request, "followups/_warning.html", context)
