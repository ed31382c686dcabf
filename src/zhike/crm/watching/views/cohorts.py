"""Who comes back: customers of a group by the period of their first purchase."""

from __future__ import annotations

from calendar import monthrange
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.analytics.watching import CohortTable, cohort_table
from zhike.crm.insight import days, links
from zhike.crm.insight.snapshot_queries import BOUGHT, Snapshot
from zhike.crm.insight.views.page import with_snapshot
from zhike.crm.watching import groups as choosing
from zhike.crm.watching import periods
from zhike.crm.watching.codes import Cohort
from zhike.crm.watching.groups import Group
from zhike.crm.watching.source import Source, source_of
from zhike.crm.watching.views import frame
from zhike.platform import charts
from zhike.platform.charts import Cell, Chart, Series
from zhike.platform.permissions import requires
from zhike.platform.templatetags import zhike_format as say

#: Full months that a snapshot knows.
MONTHS = 24

_SIZES = """
SELECT {{cohort}} AS cohort, COUNT(*) AS customers FROM customers c
WHERE {scope} AND {{group}} AND c.first_order >= $first AND c.first_order <= $last GROUP BY 1
"""
_ACTIVE = """
SELECT {{cohort}} AS cohort, {{period}} AS period, {{count}} AS customers
FROM customers c JOIN months m ON m.customer_id = c.customer_id
WHERE {scope} AND {{group}} AND m.orders > 0 AND c.first_order >= $first AND c.first_order <= $last
GROUP BY ALL
"""
_FIRST = "CAST(strftime(DATE '1970-01-01' + CAST(c.first_order AS INTEGER), '%Y%m') AS INTEGER)"


@requires("insight.view")
@require_GET
@with_snapshot
def cohorts(request: HttpRequest, base: Snapshot) -> HttpResponse:
    offered = choosing.offered(request.user, base)
    group = choosing.one(request.GET, "group", offered)
    quarterly = request.GET.get("by") == "quarter"
    months = _months(base)
    found = _measure(base, group, months, quarterly=quarterly)
    if frame.wants_file(request):
        return frame.file(request, "cohorts", _file(found))
    context = frame.context(
        request,
        base,
        "cohorts",
        groups=offered,
        group=group,
        quarterly=quarterly,
        table=found if found.cohorts else None,
        rows=[_row(found, place, group) for place in range(len(found.cohorts))],
        heads=range(len(found.average)),
        average=[say.percent(rate, 0) for rate in found.average],
        heat=_heat(found, group, quarterly=quarterly) if found.cohorts else None,
        curve=_curve(found, quarterly=quarterly) if found.cohorts else None,
    )
    return render(request, "watching/cohorts.html", context)


def _months(base: Snapshot) -> list[int]:
    """yyyymm of the months that ended by the snapshot's day, oldest first."""
    last = monthrange(base.as_of.year, base.as_of.month)[1]
    ends = days.month_ends(base.as_of, MONTHS)
    if base.as_of.day == last:
        ends = [*ends, base.as_of]
    return [end.year * 100 + end.month for end in ends[-MONTHS:]]


def _measure(base: Snapshot, group: Group | None, months: list[int], *, quarterly: bool) -> CohortTable:
    if quarterly:
        months = periods.whole_quarters(months)
    if not months:
        return cohort_table({}, {}, [])
    reach = source_of(base, [group] if group else [])
    values = {
        "first": days.number(periods.first_of(months[0])),
        "last": days.number(periods.last_of(months[-1])),
    }
    asked = sorted({_period(month, quarterly=quarterly) for month in months})
    sizes = {row["cohort"]: row["customers"] for row in _rows(reach, _SIZES, group, quarterly, values)}
    active = {
        (row["cohort"], row["period"]): row["customers"]
        for row in _rows(reach, _ACTIVE, group, quarterly, values)
    }
    return cohort_table(sizes, active, asked)


def _rows(
    reach: Source, text: str, group: Group | None, quarterly: bool, values: dict[str, int]
) -> list[dict[str, Any]]:
    first, period = _FIRST, "m.month"
    if quarterly:
        first, period = _quarter_sql(first), _quarter_sql(period)
    condition = group.condition if group else BOUGHT
    # A customer has one row per month, so that only quarters may count somebody twice.
    text = text.replace("{{count}}", "COUNT(DISTINCT c.customer_id)" if quarterly else "COUNT(*)")
    filled = text.replace("{{cohort}}", first).replace("{{period}}", period).replace("{{group}}", condition)
    return reach.kept((filled, *values.values()), lambda: reach.rows(filled, **values))


def _quarter_sql(month: str) -> str:
    """yyyymm as yyyyq."""
    return f"(({month}) // 100 * 10 + (({month}) % 100 + 2) // 3)"


def _period(month: int, *, quarterly: bool) -> int:
    return periods.quarter_of(month) if quarterly else month


def _cell_url(found: CohortTable, place: int, age: int, group: Group | None) -> str:
    """The customers of a cohort who bought again that many periods later."""
    cohort = found.cohorts[place]
    again = periods.later(cohort, age)
    return links.customers(**(group.filters if group else {}), cohort=str(Cohort(cohort, again)))


def _row(found: CohortTable, place: int, group: Group | None) -> dict[str, Any]:
    first, last = periods.span(found.cohorts[place])
    filters = group.filters if group else {}
    rates = [found.rate(place, age) for age in range(len(found.kept[place]))]
    return {
        "name": periods.name(found.cohorts[place]),
        "size": found.sizes[place],
        "url": links.customers(**filters, first_order_from=first, first_order_to=last),
        "cells": [
            {
                "text": say.percent(rate, 0),
                "count": count,
                "heat": round(5 * (rate or 0)),
                "url": _cell_url(found, place, age, group),
            }
            for age, (rate, count) in enumerate(zip(rates, found.kept[place], strict=True))
        ],
    }


def _heat(found: CohortTable, group: Group | None, *, quarterly: bool) -> Chart:
    """Age from left to right, the oldest cohort on top; the first period, always 100 %, is left out."""
    rows = range(len(found.cohorts))
    ages = range(1, len(found.average))
    last = len(found.cohorts) - 1
    return charts.heat_grid(
        title=_("Retention by cohort"),
        x_labels=[str(age) for age in ages],
        y_labels=[periods.name(found.cohorts[last - row]) for row in rows],
        cells=[
            Cell(age - 1, last - row, rate, _cell_url(found, row, age, group))
            for row in rows
            for age in ages
            if (rate := found.rate(row, age)) is not None
        ],
        x_title=_("Quarters since the first purchase") if quarterly else _("Months since the first purchase"),
        y_title=_("First purchase"),
        unit="percent",
    )


def _curve(found: CohortTable, *, quarterly: bool) -> Chart:
    return charts.line(
        title=_("Average retention"),
        labels=[str(age) for age in range(len(found.average))],
        series=[Series(_("All cohorts"), list(found.average))],
        unit="percent",
        label_title=_("Quarters since the first purchase")
        if quarterly
        else _("Months since the first purchase"),
    )


def _file(found: CohortTable) -> list[list[Any]]:
    heads = [_("First purchase"), _("Customers"), *range(len(found.average))]
    return [
        heads,
        *(
            [
                periods.name(cohort),
                size,
                *(found.rate(place, age) for age in range(len(found.average))),
            ]
            for place, (cohort, size) in enumerate(zip(found.cohorts, found.sizes, strict=True))
        ),
    ]
