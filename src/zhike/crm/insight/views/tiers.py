"""Tiers: who is where, by which rules, and who moved between two days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.analytics.tiers.model import BY_SHARE, LOWER
from zhike.crm.insight import attention, figures, labels, links, pictures, snapshot_queries
from zhike.crm.insight.snapshot_queries import Flow, Row, Snapshot
from zhike.crm.insight.views.page import context_of, with_snapshot
from zhike.platform import charts
from zhike.platform.charts import Chart, Node, Series
from zhike.platform.permissions import allowed, requires
from zhike.platform.templatetags import zhike_format as say

DEFAULT_SPAN, RECENT, STEP = 90, 15, 5


@requires("insight.view", "customers.view")
@require_GET
@with_snapshot
def tiers(request: HttpRequest, base: Snapshot) -> HttpResponse:
    start, end, first = _span(request, base)
    flows = snapshot_queries.migration(base, start, end)
    found = snapshot_queries.by(base, "tier")
    context = context_of(
        base,
        start=start,
        end=end,
        first=first,
        can_edit=allowed(request.user, "tiers.edit"),
        tier_chart=pictures.tiers(base, found),
        revenue_chart=pictures.tier_revenue(base, found),
        histogram=_histogram(base),
        summary=_summary(base, found),
        rules=rules(base),
        sankey=_sankey(base, flows, start, end) if flows else None,
        matrix=_matrix(base, flows, start, end),
        moved=_moved(flows),
        changes=_changes(request, base),
    )
    return render(request, "insight/tiers.html", context)


def _span(request: HttpRequest, base: Snapshot) -> tuple[date, date, date | None]:
    """The two days that the address asks for, in order, within the known history."""
    first = snapshot_queries.first_day(base)
    end = _day(request.GET.get("end")) or base.as_of
    start = _day(request.GET.get("start")) or end - timedelta(days=DEFAULT_SPAN)
    start, end = sorted((start, end))
    return (max(start, first) if first else start), end, first


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text or "")
    except ValueError:
        return None


def _summary(base: Snapshot, found: dict[Any, Row]) -> list[dict[str, Any]]:
    customers = sum(row["customers"] for rank, row in found.items() if rank)
    money = sum(row["net_revenue"] for rank, row in found.items() if rank)
    return [
        {
            "rank": rank,
            "name": base.names[rank],
            "url": links.customers(tier=rank),
            "customers": row["customers"],
            "share": row["customers"] / customers if customers else None,
            "net_revenue": row["net_revenue"],
            "revenue_share": row["net_revenue"] / money if money > 0 else None,
            "mean": row["net_revenue"] // row["customers"] if row["customers"] else None,
        }
        for rank in base.ranks
        if (row := found.get(rank, {"customers": 0, "net_revenue": 0}))
    ]


def _histogram(base: Snapshot) -> Chart:
    """Tier scores in steps of five points, stacked by tier."""
    rows = snapshot_queries.score_histogram(base)
    counts = {(row["tier"], row["step"]): row["customers"] for row in rows}
    steps = range(100 // STEP)
    return charts.bars(
        title=_("Customers by tier score"),
        labels=[f"{step * STEP}–{step * STEP + STEP}" for step in steps],
        series=[
            Series(
                base.names[rank],
                [counts.get((rank, step), 0) for step in steps],
                [links.customers(tier=rank) for _step in steps],
                charts.tier_color(rank),
            )
            for rank in reversed(base.ranks)
        ],
        stacked=True,
        label_title=_("Tier score"),
        as_of=base.as_of,
    )


def rules(base: Snapshot) -> dict[str, Any]:
    """The rules of the version in words: what is measured, from where each tier begins, when it is lost."""
    if base.calibration is None:
        return {}
    model, cuts = base.calibration.model, base.calibration.tier_cuts
    total = sum(dimension.weight for dimension in model.dimensions)
    dimensions = [
        {
            "name": labels.dimension_name(dimension.code, model),
            "measure": labels.feature_name(dimension.feature),
            "weight": dimension.weight / total if total else 0,
            "direction": _("lower is better") if dimension.direction == LOWER else _("higher is better"),
        }
        for dimension in model.dimensions
    ]
    tiers = [_tier_rule(base, rank, model.tiers[rank - 1], cuts[rank - 1]) for rank in base.ranks]
    return {
        "dimensions": dimensions,
        "tiers": tiers,
        "grace_days": model.grace_days,
        "by_share": model.cut == BY_SHARE,
    }


def _tier_rule(base: Snapshot, rank: int, tier: Any, cut: float | None) -> dict[str, Any]:
    if rank == 1:
        text = _("everybody else with a purchase")
    elif cut is None:
        text = _("nobody reaches it at present")
    else:
        text = _("from %(score)s points") % {"score": say.number(cut, 1)}
        if tier.share is not None and base.calibration.model.cut == BY_SHARE:
            text = _("best %(share)s: from %(score)s points") % {
                "share": say.percent(_reach(base, rank), 0),
                "score": say.number(cut, 1),
            }
    return {"rank": rank, "name": base.names[rank], "text": text}


def _reach(base: Snapshot, rank: int) -> float:
    """The share of customers meant for this tier and those above it."""
    return sum(tier.share or 0 for tier in base.calibration.model.tiers[rank - 1 :])


def _sankey(base: Snapshot, flows: list[Flow], start: date, end: date) -> Chart:
    nodes = [Node(str(rank), base.names[rank], charts.tier_color(rank)) for rank in base.ranks]
    nobody = Node("0", _("Not a customer yet"), charts.tier_color(0))
    known = {node.key for node in nodes} | {"0"}
    return charts.sankey(
        title=_("Tier migration"),
        left=[*nodes, nobody] if any(flow.source == 0 for flow in flows) else nodes,
        right=[*nodes, Node("0", _("No tier"), charts.tier_color(0))]
        if any(flow.target == 0 for flow in flows)
        else nodes,
        flows=[
            charts.Flow(
                str(flow.source),
                str(flow.target),
                flow.customers,
                links.moved(flow.source, flow.target, start, end),
            )
            for flow in flows
            if {str(flow.source), str(flow.target)} <= known
        ],
        left_title=start.isoformat(),
        right_title=end.isoformat(),
    )


def _matrix(base: Snapshot, flows: list[Flow], start: date, end: date) -> dict[str, Any]:
    """From (rows) to (columns), the highest tier first."""
    found = {(flow.source, flow.target): flow for flow in flows}
    targets = [*base.ranks, *([0] if any(flow.target == 0 for flow in flows) else [])]
    sources = [*base.ranks, *([0] if any(flow.source == 0 for flow in flows) else [])]
    names = {**base.names, 0: _("Not a customer yet")}
    return {
        "targets": [(rank, base.names[rank]) for rank in targets],
        "rows": [
            {
                "rank": source,
                "name": names[source],
                "total": sum(flow.customers for flow in flows if flow.source == source),
                "cells": [
                    {
                        "name": base.names[target],
                        "count": found[source, target].customers if (source, target) in found else 0,
                        "url": links.moved(source, target, start, end),
                        "kind": _kind(source, target),
                    }
                    for target in targets
                ],
            }
            for source in sources
        ],
    }


def _kind(source: int, target: int) -> str:
    if source == target:
        return "same"
    return "up" if target > source else "down"


def _moved(flows: list[Flow]) -> dict[str, int]:
    known = [flow for flow in flows if flow.source and flow.target]
    return {
        "up": sum(flow.customers for flow in known if flow.target > flow.source),
        "down": sum(flow.customers for flow in known if flow.target < flow.source),
        "same": sum(flow.customers for flow in known if flow.target == flow.source),
        "new": sum(flow.customers for flow in flows if flow.source == 0 and flow.target),
    }


def _changes(request: HttpRequest, base: Snapshot) -> list[dict[str, Any]]:
    since = figures.state_day(base, DEFAULT_SPAN)
    return [
        {
            "change": change,
            "before_name": base.names.get(change.before, ""),
            "now_name": base.names.get(change.now, ""),
        }
        for change in attention.tier_changes(request.user, since=since, count=RECENT)
    ]
