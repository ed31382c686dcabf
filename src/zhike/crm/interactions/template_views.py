"""The outcomes that a company offers in the form, kind by kind."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.interactions import services
from zhike.crm.interactions.choices import SUGGESTIONS
from zhike.crm.interactions.forms import OutcomeTemplateForm
from zhike.crm.interactions.models import InteractionKind, OutcomeTemplate
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request


@requires("followups.edit")
def templates(request: Request) -> HttpResponse:
    """Every kind with its own outcomes, or those suggested; a post adopts the suggestions of a kind."""
    kind = request.POST.get("kind", "")
    if request.method == "POST" and kind in SUGGESTIONS:
        services.adopt_suggestions(actor=request.user, kind=kind)
        return redirect("interactions:templates")
    own: dict[str, list[OutcomeTemplate]] = {}
    for row in OutcomeTemplate.objects.all():
        own.setdefault(row.kind, []).append(row)
    kinds = [
        (code, label, own.get(code, []), () if code in own else SUGGESTIONS.get(code, ()))
        for code, label in InteractionKind.choices
    ]
    return render(request, "interactions/templates.html", {"kinds": kinds})


@requires("followups.edit")
def edit_template(request: Request, pk: int | None = None) -> HttpResponse:
    known = get_object_or_404(OutcomeTemplate, pk=pk) if pk else None
    asked = request.GET.get("kind", "")
    initial = {"kind": asked} if asked in InteractionKind.values else None
    form = OutcomeTemplateForm(request.POST or None, instance=known, initial=initial)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        messages.success(request, _("Saved."))
        return redirect("interactions:templates")
    context = {"form": form, "template": known}
    return render(request, "interactions/template_form.html", context, status=422 if form.is_bound else 200)


def _save(request: Request, form: OutcomeTemplateForm) -> bool:
    try:
        services.save_template(actor=request.user, template=form.save(commit=False))
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


@requires("followups.edit")
@require_POST
def delete_template(request: Request, pk: int) -> HttpResponse:
    services.delete_template(actor=request.user, template=get_object_or_404(OutcomeTemplate, pk=pk))
    return redirect("interactions:templates")
