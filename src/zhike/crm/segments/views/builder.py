"""Creating and changing a segment, and what a definition means while it is written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.analytics.problems import SettingsError
from zhike.crm.customers.models import Customer
from zhike.crm.segments import answers, base, offer, purchases, queries, services, starters, wording
from zhike.crm.segments.forms import SegmentForm
from zhike.crm.segments.models import Segment
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, json_of

EMPTY = {"v": 1, "entity": "customer", "root": {"op": "and", "children": []}}


@requires("insight.view", "segments.edit")
def create(request: Request) -> HttpResponse:
    """The builder on a template or on nothing; without either the page to choose from."""
    code, given = request.GET.get("template", ""), _given(request)
    if request.method != "POST" and not code and given is None:
        return redirect("segments:begin")
    found = base.catalogue(request.user)
    starter = next((one for one, _made in starters.offered(found) if one.code == code), None)
    definition = given or starters.definition(code, found) or EMPTY
    name = _free_name(str(starter.name)) if starter else ""
    form = SegmentForm(request.POST or None, initial={"name": name, "shared": True})
    return _builder(request, form, None, definition)


def _given(request: Request) -> Any:
    """Conditions that another page has put together: the list out of its filters, drift of its advice."""
    return request.session.get("segment_conditions") if "conditions" in request.GET else None


def _free_name(name: str) -> str:
    """A name that no segment has yet."""
    taken = set(Segment.objects.filter(name__startswith=name).values_list("name", flat=True))
    return (
        name
        if name not in taken
        else next(f"{name} {n}" for n in range(2, 1_000) if f"{name} {n}" not in taken)
    )


@requires("insight.view", "segments.edit")
def edit(request: Request, pk: int) -> HttpResponse:
    segment = get_object_or_404(queries.visible_segments(request.user), pk=pk)
    form = SegmentForm(request.POST or None, instance=segment)
    return _builder(request, form, segment, _given(request) or segment.definition)


def _builder(request: Request, form: SegmentForm, segment: Segment | None, definition: Any) -> HttpResponse:
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        saved, problems = _save(request, form, segment)
        if saved is not None:
            return redirect("segments:detail", saved.pk)
        definition = form.cleaned_data.get("definition", definition)
    stored = Segment.objects.get(pk=segment.pk) if segment else None
    context = {
        "form": form,
        "segment": stored,
        "config": _config(request, stored, definition, problems),
        "as_of": base.as_of(),
        "available": base.available(),
    }
    return render(request, "segments/builder.html", context, status=422 if form.errors or problems else 200)


def _save(
    request: Request, form: SegmentForm, segment: Segment | None
) -> tuple[Segment | None, list[dict[str, str]]]:
    """Save, and publish where asked; what is wrong stays in the form and at its rows."""
    if not form.is_valid():
        return None, []
    stored = Segment.objects.get(pk=segment.pk) if segment else None
    given = form.cleaned_data
    try:
        if stored is None:
            made = services.create_segment(actor=request.user, **given)
        else:
            made = services.save_segment(actor=request.user, segment=stored, **given)
        if request.POST.get("act") == "publish":
            services.publish(actor=request.user, segment=made)
            messages.success(request, _("The segment is published. Its members follow from now on."))
        else:
            messages.success(request, _("Saved."))
    except SettingsError as error:
        return None, wording.problems(error)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None, []
    return made, []


def _config(
    request: Request, segment: Segment | None, definition: Any, problems: list[dict[str, str]]
) -> dict[str, Any]:
    """Everything that the builder's scripts need."""
    pk = segment.pk if segment else None
    return {
        "segment": pk,
        "definition": definition,
        "problems": problems,
        "catalogue": offer.catalogue(base.catalogue(request.user), request.user, pk, definition),
        "operators": offer.operators(),
        "functions": offer.functions(),
        "units": offer.units(),
        "words": offer.words(),
        "currency": "¥",
        "urls": {name: reverse(f"segments:{name}") for name in ("preview", "explain", "customers")},
    }


@requires("insight.view")
@require_POST
def preview(request: Request) -> JsonResponse:
    """How many and who, in words, step by step; every problem by its place."""
    body = _body(request)
    language, exact = get_language() or "en", body.get("exact") is True
    try:
        found = answers.preview(request.user, body.get("definition"), language, exact=exact)
    except SettingsError as error:
        return JsonResponse({"problems": wording.problems(error)})
    return JsonResponse(found)


@requires("insight.view")
@require_POST
def explain(request: Request) -> JsonResponse:
    """Why one customer is in or not, condition by condition."""
    body = _body(request)
    number = body.get("customer")
    known = number if type(number) is int else 0
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=known)
    try:
        return JsonResponse(answers.why(request.user, body.get("definition"), customer))
    except SettingsError as error:
        return JsonResponse({"problems": wording.problems(error)})


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json_of(request.body)
    except ValueError as error:
        raise DomainError(_("This is not valid JSON.")) from error
    if not isinstance(found, dict):
        raise DomainError(_("This is not valid JSON."))
    return found


@requires("insight.view")
def customers(request: Request) -> JsonResponse:
    """Customers found by name, number or phone, for "why"."""
    return JsonResponse({"customers": answers.search(request.user, request.GET.get("q", ""))})


@requires("insight.view", "orders.view")
def products(request: Request) -> JsonResponse:
    """Products found by name or number, as values of a condition."""
    return JsonResponse({"choices": purchases.search(request.user, request.GET.get("q", ""))})
