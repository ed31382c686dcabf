"""The dashboard of the person's role: a company, a team, or one's own customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.crm.accounts.models import User
from zhike.crm.insight import attention, figures, labels, links, pictures, snapshot_queries
from zhike.crm.insight.figures import Sums
from zhike.crm.insight.snapshot_queries import Row, Snapshot
from zhike.crm.insight.snapshot_tables import PERIODS
from zhike.crm.insight.views.page import context_of, with_snapshot
from zhike.platform.permissions import RowScope, requires, row_scope
from zhike.platform.templatetags import zhike_format as say

SHOWN = 6
FISCAL = "fiscal"


@requires("insight.view")
@require_GET
@with_snapshot
def dashboard(request: HttpRequest, base: Snapshot) -> HttpResponse:
    asked, period = period_from(request, base)
    sums = figures.sums(base, period)
    context = context_of(
        base,
        period=period,
        periods=_periods(base, asked),
        period_words=figures.period_words(base, period),
        sums=sums,
        guards=[labels.say(guard.words) for guard in base.calibration.guards] if base.calibration else [],
        **_charts(base, sums),
        **_lists(request, base, period),
    )
    scope = row_scope(request.user)
    if scope == RowScope.ALL:
        return render(request, "insight/dashboard_owner.html", {**context, **_company(request, sums)})
    if scope == RowScope.OWN:
        return render(request, "insight/dashboard_sales.html", {**context, **_own(request, base, sums)})
    return render(request, "insight/dashboard_manager.html", {**context, **_team(request, base, sums)})


def period_from(request: HttpRequest, base: Snapshot) -> tuple[str, int]:
    """The period that the address asks for, and its days."""
    asked = request.GET.get("days", "")
    if asked == FISCAL and base.fiscal:
        return FISCAL, base.fiscal
    return (asked, int(asked)) if asked in {str(days) for days in PERIODS} else ("90", 90)


def _periods(base: Snapshot, asked: str) -> list[dict[str, Any]]:
    names = {str(days): say.days(days) for days in PERIODS}
    if base.fiscal:
        names[FISCAL] = _("This fiscal year")
    return [
        {"label": label, "url": links.here("insight:dashboard", days=key), "active": key == asked}
        for key, label in names.items()
    ]


def _charts(base: Snapshot, sums: Sums) -> dict[str, Any]:
    return {
        "tier_chart": pictures.tiers(base, snapshot_queries.by(base, "tier")),
        "stage_chart": pictures.stages(base, snapshot_queries.by(base, "lifecycle")),
        "trend_chart": pictures.trend(base),
        "pareto_chart": pictures.curve(base, sums.pareto),
    }


def _lists(request: HttpRequest, base: Snapshot, period: int) -> dict[str, Any]:
    down = snapshot_queries.movers(base, period, down=True, count=SHOWN)
    up = snapshot_queries.movers(base, period, down=False, count=SHOWN)
    movers = attention.movers(request.user, [*down, *up])
    return {"down": [m for m in movers if m.change < 0], "up": [m for m in movers if m.change > 0]}


def _company(request: HttpRequest, sums: Sums) -> dict[str, Any]:
    regions = snapshot_queries.by(sums.base, "region")
    return {
        "heading": _("Company overview"),
        "figures": figures.key_figures(sums),
        "region_chart": pictures.region_bars(sums.base, regions),
        **_silent(request, sums.base),
    }


def _team(request: HttpRequest, base: Snapshot, sums: Sums) -> dict[str, Any]:
    return {
        "heading": _("Team overview"),
        "figures": [*figures.key_figures(sums)[:10], figures.uncared(sums)],
        "owners": _owner_rows(request, base, sums.period),
        "uncared": list(attention.uncared(request.user)[:SHOWN]),
        "uncared_url": links.customers(owner="", first_order_to=base.as_of),
        "falls": _falls(base, sums.period),
        **_silent(request, base),
    }


def _own(request: HttpRequest, base: Snapshot, sums: Sums) -> dict[str, Any]:
    return {
        "heading": _("My customers"),
        "figures": figures.key_figures(sums)[:10],
        "at_risk": list(attention.at_risk(request.user)[:SHOWN]),
        "at_risk_url": links.customers(lifecycle="at_risk"),
        "falls": _falls(base, sums.period),
        **_silent(request, base),
    }


def _silent(request: HttpRequest, base: Snapshot) -> dict[str, Any]:
    return {
        "silent_days": attention.SILENT_DAYS,
        "silent": list(attention.silent_key_customers(request.user, base.top_tier)[:SHOWN]),
        "silent_url": links.customers(tier=base.top_tier, not_contacted_days=attention.SILENT_DAYS),
    }


def _owner_rows(request: HttpRequest, base: Snapshot, period: int) -> list[dict[str, Any]]:
    silent = attention.silent_by_owner(request.user, base.top_tier)
    rows = snapshot_queries.owners(base, period)
    names = dict(User.objects.in_bulk([row["owner_id"] for row in rows if row["owner_id"]]))
    return [_owner_row(base, row, names, silent) for row in rows]


def _owner_row(base: Snapshot, row: Row, names: dict[int, User], silent: dict[Any, int]) -> dict[str, Any]:
    owner = row["owner_id"]
    change = (row["now"] - row["before"]) / row["before"] if row["before"] > 0 else None
    return {
        **row,
        "owner": names.get(owner),
        "change": change,
        "silent": silent.get(owner, 0),
        "url": links.customers(owner=owner, first_order_to=base.as_of),
        "key_url": links.customers(owner=owner, tier=base.top_tier),
        "at_risk_url": links.customers(owner=owner, lifecycle="at_risk"),
        "silent_url": links.customers(
            owner=owner, tier=base.top_tier, not_contacted_days=attention.SILENT_DAYS
        ),
    }


def _falls(base: Snapshot, period: int) -> list[dict[str, Any]]:
    start = figures.state_day(base, period)
    return [
        {
            **row,
            "before_name": base.names.get(row["before"], ""),
            "now_name": base.names.get(row["now"], ""),
            "url": links.moved(row["before"], row["now"], start, base.as_of),
        }
        for row in snapshot_queries.falls(base, period)
    ]
