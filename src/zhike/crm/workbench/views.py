"""The workbench: choose a question and variables, watch it run, read and keep the answer."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zhike.analytics.workbench import RECIPES, Recipe, Result
from zhike.crm.customers import lists
from zhike.crm.insight import labels
from zhike.crm.insight import queries as insight
from zhike.crm.portfolio import filters
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.workbench import catalogue, exports, frames, presentation, queries, services, wording
from zhike.crm.workbench.forms import ChoiceForm, ReportForm, initial_of
from zhike.crm.workbench.models import Analysis, AnalysisState
from zhike.platform.errors import DomainError
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request, number_of

NEWEST = Sort("id", "id", descending=True)
#: Runs that nobody kept are shown in part.
RECENT = 10


@requires("insight.view")
def start_page(request: Request) -> HttpResponse:
    """The questions that can be asked, kept reports, and what ran lately."""
    page = paginate(queries.reports(request.user), NEWEST, cursor=request.GET.get("cursor", ""))
    recent = list(queries.recent(request.user)[:RECENT])
    first = [(one.result or {}).get("conclusions", [])[:1] for one in (*page.rows, *recent)]
    reader = wording.reader(wording.products_in(first))
    context = {
        "recipes": _recipes(request),
        "query": frames.selection(request.GET),
        "page": page,
        "reports": [_row(one, reader) for one in page.rows],
        "recent": [_row(one, reader) for one in recent],
        "as_of": insight.data_as_of(),
    }
    return render(request, "workbench/list.html", context)


def _recipes(request: Request) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "name": labels.say(one.name),
            "purpose": labels.say(one.purpose),
            "icon": one.icon,
        }
        for one in RECIPES.values()
        if one.code != "pairs" or allowed(request.user, "orders.view")
    ]


def _row(analysis: Analysis, reader: Any) -> dict[str, Any]:
    return {
        "analysis": analysis,
        "recipe": presentation.recipe_name(analysis.recipe),
        "headline": presentation.headline(analysis, reader),
    }


@requires("insight.view")
def new(request: Request, recipe: str) -> HttpResponse:
    """The form of one recipe on the customers of the address."""
    if recipe not in {one["code"] for one in _recipes(request)}:
        raise Http404
    found = RECIPES[recipe]
    entries = catalogue.entries()
    source = request.POST.get("query", "") if request.method == "POST" else request.GET.urlencode()
    query = frames.selection(_with_list(QueryDict(source), request.POST.get("list", "")))
    bound = request.POST if request.method == "POST" else None
    form = ChoiceForm(bound, recipe=found, entries=entries, initial=_initial(request, found))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.start(actor=request.user, recipe=recipe, choice=form.choice(), query=query)
        except DomainError as error:
            name = f"slot_{error.field}"
            form.add_error(name if name in form.fields else None, str(error))
        else:
            return redirect("workbench:analysis", made.pk)
    return render(
        request,
        "workbench/new.html",
        _form_context(request, found, form, query),
        status=422 if form.errors else 200,
    )


def _with_list(query: QueryDict, number: str) -> QueryDict:
    """The address narrowed to a customer list."""
    copy = query.copy()
    if number_of(number) is not None:
        copy["list"] = number
    return copy


def _initial(request: Request, recipe: Recipe) -> dict[str, Any]:
    """The choice of an earlier analysis, when the address names one ("like")."""
    number = number_of(request.GET.get("like", ""))
    if number is None:
        return {}
    before = Analysis.objects.visible_to(request.user).filter(pk=number, recipe=recipe.code).first()
    return initial_of(before.choice, recipe) if before else {}


def _form_context(request: Request, recipe: Recipe, form: ChoiceForm, query: str) -> dict[str, Any]:
    chosen = QueryDict(query)
    tiers = portfolio.shown_to(request.user).tiers
    return {
        "recipe": recipe,
        "title": labels.say(recipe.name),
        "purpose": labels.say(recipe.purpose),
        "form": form,
        "slots": [_slot(form, slot, recipe) for slot in recipe.slots],
        "options": [form[f"option_{option.code}"] for option in recipe.options],
        "query": query,
        "total": frames.chosen(request.user, query).count(),
        "chips": filters.Bar(chosen, request.user, tiers).chips(),
        "lists": [] if chosen.get("list") else list(lists.lists_of(request.user)[:200]),
        "published": insight.data_as_of(),
    }


def _slot(form: ChoiceForm, slot: Any, recipe: Recipe) -> dict[str, Any]:
    field = form[f"slot_{slot.code}"]
    ticked = field.value() or []
    ticked = ticked if isinstance(ticked, list) else [ticked]
    offered: Any = cast(forms.ChoiceField, field.field).choices
    groups = [
        (title, [(value, label, value in ticked) for value, label in pairs])
        for title, pairs in offered
        if isinstance(pairs, list | tuple)
    ]
    asks_level = slot.code == "target" and any(option.code == "level" for option in recipe.options)
    return {"field": field, "groups": groups, "many": slot.most > 1, "slot": slot, "asks_level": asks_level}


@requires("insight.view")
def level_choices(request: Request) -> HttpResponse:
    """The values of the chosen target, to say which one counts as yes."""
    found = queries.levels(request.user, request.GET.get("slot_target", ""))
    return render(request, "workbench/_levels.html", {"levels": found})


@requires("insight.view")
def analysis(request: Request, pk: int) -> HttpResponse:
    """The progress of a running analysis, the answer of a finished one."""
    one = _seen(request, pk)
    tiers = portfolio.shown_to(request.user).tiers
    shown = presentation.page(one)
    context = {
        **_progress(one),
        "shown": shown,
        "recipe": presentation.recipe_name(one.recipe),
        "chips": filters.Bar(QueryDict(one.query), request.user, tiers).chips(),
        "mine": one.created_by_id == request.user.pk,
        "can_export": allowed(request.user, "export"),
        "report": ReportForm(initial={"name": one.name, "shared": one.shared}),
        "groups": _groups(one),
        "edit_url": f"{reverse('workbench:new', args=[one.recipe])}?like={one.pk}&{one.query}",
    }
    return render(request, "workbench/analysis.html", context)


def _groups(one: Analysis) -> list[dict[str, Any]]:
    """What can become a customer list: clusters, or the best fifth by a factor."""
    if not one.result:
        return []
    result, reader = Result.from_dict(one.result), wording.reader()
    clusters = exports.cluster_names(result, reader)
    if clusters:
        return [
            {"code": f"cluster-{n}", "name": name, "url": presentation.cluster_url(one, n)}
            for n, name in clusters.items()
        ]
    if result.model.get("kind") != "factors":
        return []
    count = len(result.model["loadings"][0])
    title = _("Highest fifth: factor %(number)s")
    return [{"code": f"factor_{n}", "name": title % {"number": n}, "url": ""} for n in range(1, count + 1)]


@requires("insight.view")
@require_POST
def make_lists(request: Request, pk: int) -> HttpResponse:
    """Customer lists of the ticked groups."""
    one = _seen(request, pk)
    offered = {group["code"]: group["name"] for group in _groups(one)}
    chosen = [code for code in request.POST.getlist("group") if code in offered]
    if not chosen:
        messages.warning(request, _("Tick at least one group."))
        return redirect("workbench:analysis", pk)
    clusters = {int(code[8:]): offered[code] for code in chosen if code.startswith("cluster-")}
    made = services.make_lists(actor=request.user, analysis=one, names=clusters) if clusters else []
    for code in chosen:
        if code.startswith("factor_"):
            made.append(
                services.make_top_list(actor=request.user, analysis=one, output=code, name=offered[code])
            )
    text = ngettext("%(count)s customer list is ready.", "%(count)s customer lists are ready.", len(made))
    messages.success(request, text % {"count": len(made)})
    return redirect("lists:list")


@requires("insight.view")
@require_POST
def save(request: Request, pk: int) -> HttpResponse:
    """Keep the answer as a report."""
    one, form = _seen(request, pk), ReportForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Give the report a name of at most 80 characters."), field="name")
    services.save_report(actor=request.user, analysis=one, **form.cleaned_data)
    messages.success(request, _("The report is kept."))
    return redirect("workbench:analysis", pk)


@requires("insight.view")
@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    """The same question on today's data."""
    made = services.again(actor=request.user, analysis=_seen(request, pk))
    return redirect("workbench:analysis", made.pk)


@requires("insight.view")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    services.delete(actor=request.user, analysis=_seen(request, pk))
    messages.success(request, _("The analysis is deleted."))
    return redirect("workbench:list")


@requires("insight.view", "export")
def export(request: Request, pk: int) -> HttpResponse:
    """The answer as a file."""
    one = _seen(request, pk)
    if one.state != AnalysisState.DONE:
        raise Http404
    return exports.response(one, request.GET.get("format", ""), request.user)


@requires("insight.view")
def progress(request: Request, pk: int) -> HttpResponse:
    """The moving part of the page; when the work has ended the whole page comes anew."""
    one = _seen(request, pk)
    response = render(request, "workbench/_progress.html", _progress(one))
    if one.state != AnalysisState.RUNNING:
        response["HX-Refresh"] = "true"
        response.status_code = 286
    return response


def _progress(one: Analysis) -> dict[str, Any]:
    share = one.job.share if one.job is not None else None
    services.settle(one)
    return {"analysis": one, "job": one.job, "percent": None if share is None else int(share * 100)}


def _seen(request: Request, pk: int) -> Analysis:
    """The analysis within the person's rights; another one does not exist for them."""
    rows = Analysis.objects.visible_to(request.user).select_related("job", "created_by")
    return get_object_or_404(rows, pk=pk)
