"""Who moved where between two days: tiers, stages, or into and out of a segment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.crm.insight.figures import amount
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import with_snapshot
from zhike.crm.watching import groups as choosing
from zhike.crm.watching import moves
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.codes import ANY, RANKS, SOMEWHERE
from zhike.crm.watching.groups import Group
from zhike.crm.watching.moves import Flow, State, Track
from zhike.crm.watching.views import frame
from zhike.platform import charts
from zhike.platform.charts import Chart, Node
from zhike.platform.permissions import requires

SPAN = timedelta(days=90)


@requires("insight.view")
@require_GET
@with_snapshot
def migration(request: HttpRequest, base: Snapshot) -> HttpResponse:
    offered = choosing.offered(request.user, base)
    segments = [one for one in offered if one.kind == Kind.SEGMENT]
    models = _models([one for one in offered if one.kind == Kind.MODEL])
    track = _track(request, base, segments, models)
    start, end = _days(request, base, track)
    found = moves.flows(base, track, start, end)
    if frame.wants_file(request):
        return frame.file(request, "migration", _file(track, found, start, end))
    by_money = request.GET.get("show") == "money"
    context = frame.context(
        request,
        base,
        "migration",
        segments=segments,
        models=[
            (key, groups[0].of.removesuffix(": "), groups[0].ref // RANKS) for key, groups in models.items()
        ],
        track=track,
        start=start,
        end=end,
        by_money=by_money,
        sankey=_sankey(track, found, start, end, by_money=by_money) if found else None,
        matrix=_matrix(track, found, start, end),
        sums=_sums(track, found, start, end),
    )
    return render(request, "watching/migration.html", context)


def _models(groups: list[Group]) -> dict[str, list[Group]]:
    """The tiers of every model beside the primary one, by what the address calls the model."""
    found: dict[str, list[Group]] = {}
    for one in groups:
        found.setdefault(f"{Kind.MODEL}:{one.ref // RANKS}", []).append(one)
    return found


def _track(
    request: HttpRequest, base: Snapshot, segments: list[Group], models: dict[str, list[Group]]
) -> Track:
    of = request.GET.get("of", "")
    if of == "stage":
        return moves.stages(base)
    if of in models:
        return moves.of_model(models[of])
    segment = choosing.one(request.GET, "of", segments)
    return moves.segment(segment) if segment else moves.tiers(base)


def _days(request: HttpRequest, base: Snapshot, track: Track) -> tuple[date, date]:
    """In order, not after the data and not before anything is known."""
    end = min(frame.day_of(request.GET.get("end")) or base.as_of, base.as_of)
    start = frame.day_of(request.GET.get("start")) or max(end, date.min + SPAN) - SPAN
    start, end = sorted((min(start, base.as_of), end))
    return (max(start, min(track.first, end)) if track.first else start), end


def _sides(track: Track, found: list[Flow]) -> tuple[list[State], list[State]]:
    """The states of both days, and nowhere where somebody was."""
    sides = [list(track.states), list(track.states)]
    if any(flow.source == moves.NOBODY for flow in found):
        sides[0].append(moves.nobody(track, before=True))
    if any(flow.target == moves.NOBODY for flow in found):
        sides[1].append(moves.nobody(track, before=False))
    return sides[0], sides[1]


def _sankey(track: Track, found: list[Flow], start: date, end: date, *, by_money: bool) -> Chart:
    left, right = _sides(track, found)
    known = {state.code for state in (*left, *right)}
    return charts.sankey(
        title=_("Migration"),
        left=[Node(state.code or "0", state.name, state.color) for state in left],
        right=[Node(state.code or "0", state.name, state.color, state.url) for state in right],
        flows=[
            charts.Flow(
                flow.source or "0",
                flow.target or "0",
                amount(flow.revenue) if by_money else flow.customers,
                moves.url(track, [(flow.source, flow.target)], start, end),
            )
            for flow in found
            if {flow.source, flow.target} <= known and (flow.revenue > 0 or not by_money)
        ],
        left_title=start.isoformat(),
        right_title=end.isoformat(),
        unit="money" if by_money else "customers",
    )


def _matrix(track: Track, found: list[Flow], start: date, end: date) -> dict[str, Any]:
    """From (rows) to (columns), with the revenue under the number of customers."""
    left, right = _sides(track, found)
    cells = {(flow.source, flow.target): flow for flow in found}
    rows = []
    for source in left:
        customers, revenue = moves.summed([flow for flow in found if flow.source == source.code])
        rows.append(
            {
                "state": source,
                "cells": [_cell(track, cells, source, target, start, end) for target in right],
                "customers": customers,
                "revenue": revenue,
                "url": moves.url(track, [(source.code, _somewhere(source))], start, end),
            }
        )
    totals = [
        (
            *moves.summed([flow for flow in found if flow.target == state.code]),
            moves.url(track, [(_somewhere(state), state.code)], start, end),
        )
        for state in right
    ]
    return {"columns": right, "rows": rows, "totals": totals}


def _somewhere(other: State) -> str:
    """The other end of all flows of a state: any; nobody is counted who was nowhere on both days."""
    return ANY if other.code else SOMEWHERE


def _cell(
    track: Track,
    cells: dict[tuple[str, str], Flow],
    source: State,
    target: State,
    start: date,
    end: date,
) -> dict[str, Any]:
    flow = cells.get((source.code, target.code))
    return {
        "label": target.name,
        "flow": flow,
        "url": moves.url(track, [(source.code, target.code)], start, end) if flow else "",
        "kind": moves.kind(track, source.code, target.code) if flow else "same",
    }


def _sums(track: Track, found: list[Flow], start: date, end: date) -> dict[str, tuple[int, int, str]]:
    """Customers that rose, fell, stayed, came and went, with their revenue and the list of them."""
    sorted_: dict[str, list[Flow]] = {"up": [], "down": [], "same": [], "moved": [], "came": [], "went": []}
    for flow in found:
        if flow.source == moves.NOBODY:
            sorted_["came"].append(flow)
        elif flow.target == moves.NOBODY:
            sorted_["went"].append(flow)
        else:
            sorted_[moves.kind(track, flow.source, flow.target) or "moved"].append(flow)
    return {
        name: (
            *moves.summed(flows),
            moves.url(track, [(flow.source, flow.target) for flow in flows], start, end),
        )
        for name, flows in sorted_.items()
    }


def _file(track: Track, found: list[Flow], start: date, end: date) -> list[list[Any]]:
    left, right = _sides(track, found)
    before, after = ({state.code: state.name for state in side} for side in (left, right))
    heads = [start.isoformat(), end.isoformat(), _("Customers"), _("Revenue of the last 365 days")]
    return [
        heads,
        *(
            [before.get(flow.source), after.get(flow.target), flow.customers, amount(flow.revenue)]
            for flow in found
        ),
    ]
