"""How much each tier may cost, and the costs that the company enters."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zhike.crm.insight import labels
from zhike.crm.prediction import services
from zhike.crm.prediction.costs import CostTable
from zhike.crm.prediction.forms import CostForm, SegmentCostForm, shown
from zhike.crm.prediction.investment import by_segment, by_tier
from zhike.crm.prediction.lists import LOST
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.prediction.speaking import basis
from zhike.platform.errors import DomainError
from zhike.platform.models import Installation
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request

#: What the list of a tier's customers shows.
COLUMNS = ("name", "tier", "stage", "owner", "clv", "churn", "value_at_risk", "next_order")
#: Empty rows for segments.
SPARE = 2


@requires("customers.view", "insight.view")
@require_GET
def investment(request: Request) -> HttpResponse:
    """What the customers of a tier or a segment are worth, may cost and do cost; a row opens them."""
    segments = request.GET.get("by") == "segment"
    rows = by_segment(request.user) if segments else by_tier(request.user)
    newest = CustomerPrediction.objects.visible_to(request.user).aggregate(day=Max("as_of"))
    context = {
        "rows": rows[:-1],
        "segments": segments,
        "stages": [stage for stage in labels.STAGES if stage != LOST],
        "columns": urlencode([("columns", name) for name in COLUMNS]),
        "total": rows[-1],
        "basis": basis(),
        "as_of": newest["day"],
        "may_edit": allowed(request.user, "tiers.edit"),
    }
    return render(request, "prediction/investment.html", context)


@requires("tiers.edit", "insight.view")
@require_http_methods(["GET", "POST"])
def costs(request: Request) -> HttpResponse:
    """What the company spends per customer: for all, per tier, and for segments that differ."""
    data = request.POST if request.method == "POST" else None
    names, table = labels.tier_names(), CostTable()
    ranks: list[int | None] = [None, *sorted((rank for rank in names if rank), reverse=True)]
    fixed = {rank: _form(rank, table, data) for rank in ranks}
    segments = _segment_forms(table, names, data)
    everything = [*fixed.values(), *segments]
    if data is not None:
        # All of them: every wrong figure is to be shown at once.
        valid = [form.is_valid() for form in everything]
        if all(valid) and _save(request, fixed, segments):
            messages.success(request, _("Saved."))
            return redirect("prediction:investment")
    currency = Installation.current().currency
    rows = [(rank, names[rank] if rank else _("All tiers"), form) for rank, form in fixed.items()]
    context = {"rows": rows, "segments": segments, "headings": fixed[None].figures, "currency": currency}
    return render(request, "prediction/costs.html", context, status=200 if data is None else 422)


def _form(rank: int | None, table: CostTable, data: Any) -> CostForm:
    return CostForm(data, prefix=f"tier{rank or 'all'}", initial=shown(table.rows.get((rank, ""))))


def _segment_forms(table: CostTable, names: dict[int, str], data: Any) -> list[SegmentCostForm]:
    rows = [row for (_tier, segment), row in sorted(table.rows.items(), key=str) if segment]
    posted = [name for name in data or () if name.startswith("segment") and name.endswith("-segment")]
    count = min(max(len(rows) + SPARE, len(posted)), 200)
    stored = [shown(row) for row in rows] + [shown(None)] * count
    return [
        SegmentCostForm(data, prefix=f"segment{place}", tiers=names, initial=stored[place])
        for place in range(count)
    ]


def _save(request: Request, fixed: dict[int | None, CostForm], segments: list[SegmentCostForm]) -> bool:
    wanted = [form.row() | {"tier": rank, "segment": ""} for rank, form in fixed.items()]
    wanted += [row for row in (form.row() for form in segments) if row["segment"]]
    try:
        services.set_costs(actor=request.user, wanted=wanted)
    except DomainError as error:
        messages.error(request, str(error))
        return False
    return True
