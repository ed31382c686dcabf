"""The tier model: its rules as a form, a preview of who would move, and its versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhike.analytics import TierModel
from zhike.analytics.rfm import SCORES
from zhike.crm.insight import labels, queries, services
from zhike.crm.insight.errors import ApprovalNeededError, DefinitionError, NoAnalysisError
from zhike.crm.insight.forms import DefinitionForm
from zhike.crm.insight.models import Version
from zhike.crm.insight.previews import Preview
from zhike.crm.insight.views.progress import open_job
from zhike.platform import charts
from zhike.platform.charts import Chart, Flow, Node
from zhike.platform.permissions import requires

VERSIONS_SHOWN = 20


@requires("tiers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def tier_settings(request: HttpRequest) -> HttpResponse:
    form = DefinitionForm(services.current_definition(), request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=422 if request.method == "POST" else 200)
    definition = form.cleaned()
    try:
        if request.POST.get("action") == "save":
            return _save(request, definition)
        return _page(request, form, preview=_preview(request, definition))
    except DefinitionError as error:
        form.add_problems(error.problems)
        return _page(request, form, status=422)
    except ApprovalNeededError as error:
        messages.warning(request, str(error))
        return _page(request, form, status=422, has_errors=False)
    except NoAnalysisError as error:
        messages.warning(request, str(error))
        return _page(request, form)


def _save(request: HttpRequest, definition: dict[str, Any]) -> HttpResponse:
    if definition == services.current_definition():
        messages.info(request, _("Nothing was changed."))
        return redirect("insight:tier_settings")
    services.save_definition(request.user, definition)
    messages.success(request, _("Saved. An analysis with the new rules has been started."))
    return redirect("insight:tier_settings")


def _page(request: HttpRequest, form: DefinitionForm, *, status: int = 200, **more: Any) -> HttpResponse:
    version = queries.current_version()
    rows = Version.objects.filter(model__is_primary=True).select_related("created_by")
    versions = rows.order_by("-number")[:VERSIONS_SHOWN]
    context = {
        "form": form,
        "version": version,
        "versions": versions,
        "as_of": version.as_of.isoformat() if version else "",
        "guards": [labels.say(g.words) for g in queries.calibration_of(version).guards] if version else [],
        "job": open_job(request.user),
        "scores": SCORES,
        "has_errors": status == 422,
        **more,
    }
    return render(request, "insight/tier_settings.html", context, status=status)


def _preview(request: HttpRequest, definition: dict[str, Any]) -> dict[str, Any]:
    """Counts per tier before and after, and the flows between them."""
    found = services.preview_definition(request.user, definition)
    before = labels.tier_names()
    after = labels.tier_names(TierModel.from_dict(definition["tiers"]))
    ranks = sorted({*before, *after} - {0}, reverse=True)
    return {
        "found": found,
        "unmoved": found.customers - found.moved,
        "rows": [
            {
                "rank": rank,
                "name": after.get(rank) or before.get(rank),
                "before": found.counts_before.get(rank, 0),
                "after": found.counts_after.get(rank, 0),
                "change": found.counts_after.get(rank, 0) - found.counts_before.get(rank, 0),
            }
            for rank in ranks
        ],
        "sankey": _sankey(found, before, after),
        "guards": [labels.say(guard.words) for guard in found.guards],
    }


def _sankey(found: Preview, before: dict[int, str], after: dict[int, str]) -> Chart:
    return charts.sankey(
        title=_("Who would move"),
        left=_nodes(before, {source for source, _target, _count in found.flows}),
        right=_nodes(after, {target for _source, target, _count in found.flows}),
        flows=[Flow(str(source), str(target), count) for source, target, count in found.flows],
        left_title=_("Now"),
        right_title=_("With these rules"),
    )


def _nodes(names: dict[int, str], ranks: set[int]) -> list[Node]:
    return [
        Node(str(rank), names.get(rank, str(rank)), charts.tier_color(rank))
        for rank in sorted(ranks, reverse=True)
    ]
