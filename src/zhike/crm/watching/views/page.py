"""Segments and tiers over time: a small picture per figure, and what changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import with_snapshot
from zhike.crm.watching import groups as choosing
from zhike.crm.watching import trends
from zhike.crm.watching.groups import Group
from zhike.crm.watching.models import Metric
from zhike.crm.watching.trends import MEASURES, Measure, Trend
from zhike.crm.watching.views import frame
from zhike.platform import charts
from zhike.platform.charts import Chart, Series
from zhike.platform.permissions import requires
from zhike.platform.templatetags import zhike_format as say

MONTH, QUARTER = "month", "quarter"


@requires("insight.view")
@require_GET
@with_snapshot
def page(request: HttpRequest, base: Snapshot) -> HttpResponse:
    offered = choosing.offered(request.user, base)
    chosen = choosing.chosen(request.GET, offered) or [one for one in offered if one.is_tier]
    by_day = request.GET.get("by") == "day"
    against = QUARTER if request.GET.get("against") == QUARTER else MONTH
    found = trends.trend(request.user, base, chosen, by_day=by_day)
    if frame.wants_file(request):
        return frame.file(request, "watching", _file(found, chosen))
    context = frame.context(
        request,
        base,
        "page",
        groups=offered,
        chosen={group.key for group in chosen},
        by_day=by_day,
        against=against,
        waiting=not any(found.latest(group) for group in chosen),
        pictures=[_picture(found, chosen, measure) for measure in MEASURES.values()],
        measures=MEASURES.values(),
        rows=[_row(found, group, base.as_of, against) for group in chosen],
        most=choosing.MOST,
    )
    return render(request, "watching/page.html", context)


def _picture(found: Trend, chosen: list[Group], measure: Measure) -> Chart | None:
    """A line per group; bars while only one day is known, nothing where no group has the figure."""
    series = [
        Series(group.name, [found.value(group, day, measure) for day in found.days], color=group.color)
        for group in chosen
    ]
    known = [sum(value is not None for value in one.values) for one in series]
    if max(known, default=0) < 2:
        return _single(found, chosen, measure) if any(known) else None
    return charts.line(
        title=measure.label,
        labels=[day.isoformat() for day in found.days],
        series=series,
        unit=measure.unit,
        label_title=_("Day"),
    )


def _single(found: Trend, chosen: list[Group], measure: Measure) -> Chart:
    """The one day that is known, a bar per group."""
    rows = [found.latest(group) for group in chosen]
    values = [measure.value(row) if row else None for row in rows]
    return charts.bars(
        title=measure.label,
        labels=[group.name for group in chosen],
        series=[Series(measure.label, values, [group.url for group in chosen])],
        unit=measure.unit,
        label_title=pgettext("of customers", "Group"),
        as_of=found.days[-1],
    )


def _row(found: Trend, group: Group, as_of: date, against: str) -> dict[str, Any]:
    now = found.latest(group)
    before = found.before(group, _earlier(as_of, against))
    return {
        "group": group,
        "cells": [_cell(now, before, measure) for measure in MEASURES.values()],
        "entered": now.entered if now else None,
        "left": now.left if now else None,
    }


def _earlier(as_of: date, against: str) -> date:
    """The end of the last month, or of the month three months ago."""
    end = as_of.replace(day=1) - timedelta(days=1)
    for _step in range(2 if against == QUARTER else 0):
        end = end.replace(day=1) - timedelta(days=1)
    return end


def _cell(now: Metric | None, before: Metric | None, measure: Measure) -> dict[str, Any]:
    """A figure with its change: points for shares, per cent for everything else."""
    value = measure.value(now) if now else None
    earlier = measure.value(before) if before else None
    change, text = None, ""
    if value is not None and earlier is not None and (earlier or measure.kind == "percent"):
        if measure.kind == "percent":
            change = float(value) - float(earlier)
            text = say.points(change)
        else:
            change = float(value) / float(earlier) - 1
            text = say.trend(change)
    good = None if not change else (change > 0) == (measure.better == "up")
    return {
        "label": measure.label,
        "text": say.figure(value, measure.kind),
        "change": text,
        "tone": "" if good is None else ("good" if good else "bad"),
        "up": bool(change and change > 0),
    }


def _file(found: Trend, chosen: list[Group]) -> list[list[Any]]:
    heads = [
        pgettext("of customers", "Group"),
        _("Day"),
        *(measure.label for measure in MEASURES.values()),
        _("Entered"),
        _("Left"),
    ]
    rows = [
        [
            group.name,
            day,
            *(measure.value(row) for measure in MEASURES.values()),
            row.entered,
            row.left,
        ]
        for group in chosen
        for day in found.days
        if (row := found.at(group, day))
    ]
    return [heads, *rows]
