"""Charts of the published figures, each datum opening the customers behind it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhike.crm.insight import labels, links, snapshot_queries
from zhike.crm.insight.figures import amount, whole
from zhike.crm.insight.snapshot_queries import Pareto, Row, Snapshot
from zhike.data import regions
from zhike.platform import charts
from zhike.platform.charts import Chart, Mark, Series, Slice
from zhike.platform.templatetags import zhike_format as say

REGIONS_SHOWN = 10


def tiers(base: Snapshot, found: dict[Any, Row]) -> Chart:
    """Customers per tier in rank order, the highest first."""
    slices = [
        Slice(
            base.names[rank],
            found.get(rank, {}).get("customers", 0),
            links.customers(tier=rank),
            charts.tier_color(rank),
        )
        for rank in base.ranks
    ]
    return charts.donut(title=_("Customers by tier"), slices=slices, as_of=base.as_of)


def tier_revenue(base: Snapshot, found: dict[Any, Row]) -> Chart:
    """Net revenue per tier in rank order."""
    values = [amount(found.get(rank, {}).get("net_revenue", 0)) for rank in base.ranks]
    urls = [links.customers(tier=rank) for rank in base.ranks]
    return charts.bars(
        title=_("Net revenue by tier"),
        labels=[base.names[rank] for rank in base.ranks],
        series=[Series(_("Net revenue"), values, urls)],
        unit="money",
        label_title=_("Tier"),
        as_of=base.as_of,
    )


def stages(base: Snapshot, found: dict[Any, Row]) -> Chart:
    """Customers per lifecycle stage, in the order of the cycle."""
    codes = [code for code in labels.STAGES if code != "potential"]
    slices = [
        Slice(
            labels.stage_name(code),
            found.get(code, {}).get("customers", 0),
            links.customers(lifecycle=code),
            charts.stage_color(code),
        )
        for code in codes
    ]
    return charts.donut(title=_("Customers by stage"), slices=slices, as_of=base.as_of)


def trend(base: Snapshot) -> Chart:
    """Net revenue of the last twelve full months and of the same months a year before."""
    found = snapshot_queries.monthly(base)
    months = _last_months(base.as_of, 12)
    this = [_month_value(found, month) for month in months]
    before = [_month_value(found, month - 100) for month in months]
    return charts.line(
        title=_("Net revenue by month"),
        labels=[f"{month // 100}-{month % 100:02d}" for month in months],
        series=[Series(_("Net revenue"), this), Series(_("A year before"), before, color="#9aa4b2")],
        unit="money",
        label_title=_("Month"),
        as_of=base.as_of,
    )


def _last_months(end: date, count: int) -> list[int]:
    """yyyymm of the months that ended by that day, oldest first; the running month is left out."""
    year, month = (end.year, end.month - 1) if end.month > 1 else (end.year - 1, 12)
    found = []
    for _step in range(count):
        found.append(year * 100 + month)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]


def _month_value(found: dict[int, Row], month: int) -> Any:
    return amount(found[month]["net_revenue"]) if month in found else None


def curve(base: Snapshot, pareto: Pareto) -> Chart:
    """The Pareto curve with its named point."""
    figures = pareto.figures
    marks = []
    if figures.top_20_share is not None:
        marks.append(Mark(0.2, figures.top_20_share, sentence(pareto), best_url(pareto)))
    return charts.pareto(
        title=_("Concentration of %(basis)s") % {"basis": labels.feature_name(figures.basis)},
        points=figures.curve,
        marks=marks,
        x_title=_("Share of customers"),
        y_title=_("Share of %(basis)s") % {"basis": labels.feature_name(figures.basis)},
        as_of=base.as_of,
    )


def sentence(pareto: Pareto) -> str:
    """“The top 20 % of customers bring 74.6 %”."""
    share = say.percent(pareto.figures.top_20_share)
    return _("The top 20 %% of customers bring %(share)s") % {"share": share}


def best_url(pareto: Pareto) -> str:
    """The best fifth in the customer list, which knows net revenue."""
    if pareto.top_20_from is None or pareto.figures.basis != "net_revenue":
        return ""
    return links.customers(net_revenue_min=whole(pareto.top_20_from))


def region_bars(base: Snapshot, found: dict[Any, Row]) -> Chart:
    """Net revenue of the last 365 days by region, the strongest first."""
    rows = sorted((row for code, row in found.items() if code), key=lambda row: -row["revenue_365"])
    rows = rows[:REGIONS_SHOWN]
    urls = [links.customers(province=row["code"], first_order_to=base.as_of) for row in rows]
    return charts.bars(
        title=_("Revenue of the last 365 days by region"),
        labels=[regions.label(row["code"], get_language() or "zh") for row in rows],
        series=[Series(_("Revenue"), [amount(row["revenue_365"]) for row in rows], urls)],
        unit="money",
        horizontal=True,
        label_title=_("Region"),
        as_of=base.as_of,
    )
