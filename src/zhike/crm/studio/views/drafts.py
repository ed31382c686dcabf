"""The rules of a draft: what is measured and how it becomes points, and where the tiers are cut."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhike.analytics.tiers.model import Dimension
from zhike.crm.insight.errors import DefinitionError, NoAnalysisError
from zhike.crm.studio import pictures, services
from zhike.crm.studio.forms import (
    DimensionForm,
    DimensionsForm,
    NameForm,
    kept,
    measure_names,
)
from zhike.crm.studio.models import Draft
from zhike.crm.studio.tier_forms import TiersForm
from zhike.crm.studio.views import page
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import requires
from zhike.platform.requests import Request

#: Where a button leads once the step is saved.
NEXT = {"weights": "studio:weights", "cuts": "studio:cuts"}


@requires("insight.view")
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: Request, pk: int) -> HttpResponse:
    """The dimensions: what is measured, which direction is better, how a value becomes points."""
    found = page.draft_of(request, pk)
    data = request.POST if request.method == "POST" else None
    head = NameForm(data, initial={"name": found.title, "make_primary": found.make_primary})
    predicted = not page.is_primary(found)
    form = DimensionsForm(found.definition, predicted=predicted, data=data)
    problems: list[str] = []
    if data is not None and all([head.is_valid(), form.is_valid()]):
        problems = _saved(request, found, form.cleaned(), _DimensionPlaces(form), **head.cleaned_data)
        if not problems and not _wrong(form.rows.forms):
            return then(request, found, "studio:draft")
    names = measure_names(predicted=predicted).values()
    may_become_primary = not (found.model and found.model.is_primary)
    context = {"form": form, "head": head, "problems": problems, "measures": names}
    context["may_become_primary"] = may_become_primary
    return page.draft_page(request, found, "draft", context, status=200 if data is None else 422)


@requires("insight.view")
@require_http_methods(["GET", "HEAD", "POST"])
def cuts(request: Request, pk: int) -> HttpResponse:
    """The tiers: names, colors, where they begin, how long one is kept, when to look again."""
    found = page.draft_of(request, pk)
    data = request.POST if request.method == "POST" else None
    form = _tiers_form(found, data)
    problems: list[str] = []
    if data is not None and form.is_valid():
        review_on = form.cut.cleaned_data["review_on"]
        problems = _saved(request, found, form.cleaned(), _TierPlaces(form), review_on=review_on)
        if not problems and not _wrong(
            [form.cut, *form.tiers.forms, *([form.others] if form.others else [])]
        ):
            return then(request, found, "studio:cuts")
    context = {"form": form, "problems": problems}
    return page.draft_page(request, found, "cuts", context, status=200 if data is None else 422)


def _tiers_form(draft: Draft, data: Any) -> TiersForm:
    return TiersForm(draft.definition, review_on=draft.review_on, others=page.is_primary(draft), data=data)


@requires("insight.view")
def spread(request: Request, pk: int) -> HttpResponse:
    """The picture of the dimension whose fields the address carries, or whose ``code`` it names."""
    dimension = _dimension(request, page.draft_of(request, pk))
    context: dict[str, Any] = {}
    if dimension is not None:
        found = pictures.spread(dimension)
        context = {"spread": found} if found else {"message": _("Nothing is known of this measure yet.")}
    return render(request, "studio/_spread.html", context)


def _dimension(request: Request, draft: Draft) -> Dimension | None:
    """As it is being typed; a form that cannot be changed sends nothing, so that the stored one is shown."""
    prefix = next((name[: -len("-feature")] for name in request.GET if name.endswith("-feature")), "")
    if not prefix:
        rows = draft.definition["tiers"]["dimensions"]
        stored = (one for one in rows if one["code"] == request.GET.get("code"))
        return next(map(Dimension.from_dict, stored), None)
    form = DimensionForm(request.GET, prefix=prefix, predicted=True)
    return Dimension.from_dict(form.entry("shown", 1)) if form.is_valid() else None


@requires("insight.view")
@require_POST
def scores(request: Request, pk: int) -> HttpResponse:
    """The tier scores of all customers by the rules as they stand in the form, saved or not."""
    found = page.draft_of(request, pk)
    form = _tiers_form(found, request.POST)
    definition = form.cleaned() if form.is_valid() else None
    context: dict[str, Any] = {"message": _("Correct the marked fields to see the scores.")}
    if definition is not None or not page.may_change(request.user, found):
        context = _scores(found, definition or found.definition)
    return render(request, "studio/_scores.html", context)


def _scores(draft: Draft, definition: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"scores": pictures.scores_of(draft, definition)}
    except (DefinitionError, NoAnalysisError) as error:
        return {"message": str(error)}


def then(request: Request, draft: Draft, here: str) -> HttpResponse:
    """Where the button leads; the last step is simulated on the way."""
    if request.POST.get("then") == "simulate":
        return _simulated(request, draft)
    messages.success(request, _("Saved."))
    return redirect(NEXT.get(request.POST.get("then", ""), "") or here, draft.pk)


def _simulated(request: Request, draft: Draft) -> HttpResponse:
    draft.refresh_from_db()
    try:
        services.simulate(request.user, draft)
    except NotAllowed:
        raise
    except DomainError as error:
        messages.warning(request, str(error))
    return redirect("studio:simulate", draft.pk)


def _saved(request: Request, draft: Draft, definition: dict[str, Any], places: Any, **more: Any) -> list[str]:
    """Empty when it is saved; else the sentences that belong to no field."""
    try:
        services.save_draft(request.user, draft, definition=definition, **more)
    except DefinitionError as error:
        return [sentence for path, sentence in error.problems if not places.show(path, sentence)]
    except NotAllowed:
        raise
    except DomainError as error:
        return [str(error)]
    return []


def _wrong(forms: list[Any]) -> bool:
    return any(form.errors for form in forms)


class _DimensionPlaces:
    """Puts a problem beside the field it is about."""

    def __init__(self, form: DimensionsForm) -> None:
        self.rows = kept(form.rows.forms)

    def show(self, path: str, sentence: str) -> bool:
        parts = path.split(".")
        if parts[:2] != ["tiers", "dimensions"] or len(parts) < 4 or not parts[2].isdigit():
            return False
        return _beside(self.rows[int(parts[2])], parts[3], sentence)


class _TierPlaces:
    def __init__(self, form: TiersForm) -> None:
        self.form, self.rows = form, kept(form.rows)[::-1]

    def show(self, path: str, sentence: str) -> bool:
        parts = path.split(".")
        if parts[:2] == ["tiers", "tiers"] and len(parts) >= 4 and parts[2].isdigit():
            return _beside(self.rows[int(parts[2])], "zh" if parts[3] == "name" else parts[3], sentence)
        if parts[0] == "tiers" and parts[-1] in self.form.cut.fields:
            return _beside(self.form.cut, parts[-1], sentence)
        return self.form.others is not None and _beside(self.form.others, parts[-1], sentence)


def _beside(form: django_forms.Form, field: str, sentence: str) -> bool:
    if field not in form.fields or field == "code":
        return False
    form.add_error(field, sentence)
    return True
