"""Pareto: the few customers that bring most, who looks after them, and when they were last contacted."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from zhike.crm.customers.models import Customer
from zhike.crm.insight import attention, labels, links, pictures, snapshot_queries
from zhike.crm.insight.snapshot_queries import MONEY_BASES, Pareto, Snapshot
from zhike.crm.insight.views.page import context_of, with_snapshot
from zhike.platform import money
from zhike.platform.figures import Figure
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import allowed, requires
from zhike.platform.tables import Column, Table, with_query
from zhike.platform.templatetags import zhike_format as say

PAGE_SIZE = 25
CLASSES = ("A", "B", "C")
SILENT_CHOICES = (30, 60, 90, 180)


@requires("insight.view", "customers.view")
@require_GET
@with_snapshot
def pareto(request: HttpRequest, base: Snapshot) -> HttpResponse:
    chosen = _chosen(request, base)
    found = snapshot_queries.pareto(base, chosen["basis"], _shares(base))
    rows = _filtered(request, found, chosen)
    sort = Sort("value", f"score__{chosen['basis']}", descending=True, nullable=chosen["basis"] == "margin")
    page = paginate(rows, sort, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = context_of(
        base,
        chosen=chosen,
        bases=[(name, labels.feature_name(name)) for name in MONEY_BASES],
        silent_choices=SILENT_CHOICES,
        figures=_figures(found),
        sentence=pictures.sentence(found),
        chart=pictures.curve(base, found),
        margin_note=_margin_note(found),
        classes=_classes(found, chosen),
        total=rows.count(),
        table=Table(_columns(base, chosen["basis"]), page.rows, request.GET),
        next_url=_page_url(request, page.next_cursor),
        previous_url=_page_url(request, page.previous_cursor),
        export_url=_export_url(request, base, chosen),
    )
    return render(request, "insight/pareto.html", context)


def _chosen(request: HttpRequest, base: Snapshot) -> dict[str, Any]:
    """What the address asks for, by allow-list."""
    query = request.GET
    basis, silent = query.get("basis", ""), query.get("silent", "")
    published = base.calibration.abc.basis if base.calibration else "net_revenue"
    return {
        "basis": basis if basis in MONEY_BASES else published,
        "class": query.get("class") if query.get("class") in CLASSES else "A",
        "nobody": query.get("nobody") == "1",
        "silent": int(silent) if silent in {str(days) for days in SILENT_CHOICES} else None,
    }


def _shares(base: Snapshot) -> tuple[float, float]:
    settings = base.calibration.settings.abc if base.calibration else None
    return (settings.a_share, settings.b_share) if settings else (0.80, 0.95)


def _filtered(request: HttpRequest, found: Pareto, chosen: dict[str, Any]) -> QuerySet[Customer]:
    rows = attention.scored(request.user).filter(score__frequency__gt=0)
    rows = rows.filter(_in_class(found, chosen["basis"], chosen["class"]))
    if chosen["nobody"]:
        rows = rows.filter(owner__isnull=True)
    return rows.filter(attention.silent(chosen["silent"])) if chosen["silent"] else rows


def _in_class(found: Pareto, basis: str, name: str) -> Q:
    """The value range of a class; a class without a cut-point has no customer."""
    path = f"score__{basis}"
    a, b = (money.from_units(cut) for cut in found.cuts)
    at_least_a = Q(**{f"{path}__gte": a}) if a is not None else Q(pk__in=[])
    at_least_b = Q(**{f"{path}__gte": b}) if b is not None else at_least_a
    if name == "A":
        return at_least_a
    if name == "B":
        return at_least_b & ~at_least_a
    return Q(**{f"{path}__isnull": False}) & ~at_least_b


def _figures(found: Pareto) -> list[Figure]:
    figures = found.figures
    here = links.here("insight:pareto", basis=figures.basis)
    share = figures.customers_for_80_percent and figures.customers_for_80_percent / figures.customers
    return [
        Figure(
            _("Top 1 %% of customers") % {}, figures.top_1_share, "percent", url=here, better="", icon="crown"
        ),
        Figure(_("Top 10 %% of customers") % {}, figures.top_10_share, "percent", url=here, better=""),
        Figure(
            _("Top 20 %% of customers") % {},
            figures.top_20_share,
            "percent",
            url=pictures.best_url(found) or here,
            better="",
        ),
        Figure(
            _("Customers for 80 %% of it") % {},
            figures.customers_for_80_percent,
            url=here,
            better="",
            hint=_("%(share)s of all customers") % {"share": say.percent(share)},
        ),
    ]


def _classes(found: Pareto, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    total, customers = found.figures.total, found.figures.customers
    cuts = {"A": found.cuts[0], "B": found.cuts[1], "C": None}
    return [
        {
            "name": name,
            "customers": count,
            "share": count / customers if customers else None,
            "value": value,
            "value_share": value / total if total > 0 else None,
            "cut": cuts[name],
            "url": links.here("insight:pareto", basis=chosen["basis"], **{"class": name}) + "#key-customers",
            "active": chosen["class"] == name,
        }
        for name, (count, value) in found.classes.items()
    ]


def _margin_note(found: Pareto) -> str:
    """Margin leaves out customers with an unknown cost, which must be said."""
    if found.figures.basis != "margin":
        return ""
    return _("Only the %(count)s customers whose costs are known for every order have a margin.") % {
        "count": say.number(found.figures.customers)
    }


def _columns(base: Snapshot, basis: str) -> tuple[Column, ...]:
    return (
        Column("name", gettext_lazy("Customer"), url=lambda c: reverse("customers:detail", args=[c.pk])),
        Column(
            "tier",
            gettext_lazy("Tier"),
            "tier",
            value="score.tier",
            label_of=lambda c: base.names.get(c.score.tier, ""),
        ),
        Column("net_revenue", gettext_lazy("Net revenue"), "money_whole", value="score.net_revenue"),
        Column(
            "revenue",
            gettext_lazy("Revenue"),
            "money_whole",
            value="score.revenue",
            default=basis == "revenue",
        ),
        Column(
            "margin", gettext_lazy("Margin"), "money_whole", value="score.margin", default=basis == "margin"
        ),
        Column(
            "owner",
            pgettext_lazy("of a customer", "Owner"),
            value="owner",
            template="insight/_owner_cell.html",
        ),
        Column("last_contact", gettext_lazy("Last contact"), "day", value="last_contact_at"),
        Column("last_order", gettext_lazy("Last order"), "day", value="score.last_order"),
        Column(
            "recency",
            gettext_lazy("Days since the last order"),
            "days",
            value=lambda c: (base.as_of - c.score.last_order).days if c.score.last_order else None,
        ),
        Column(
            "stage",
            gettext_lazy("Stage"),
            "stage",
            value="score.lifecycle",
            label_of=lambda c: labels.stage_name(c.score.lifecycle),
        ),
    )


def _page_url(request: HttpRequest, cursor: str | None) -> str:
    return with_query(request.GET, cursor=cursor) + "#key-customers" if cursor else ""


def _export_url(request: HttpRequest, base: Snapshot, chosen: dict[str, Any]) -> str:
    """The published class as a file; only the published basis is a filter of the customer list."""
    published = base.calibration.abc.basis if base.calibration else ""
    if not allowed(request.user, "export") or chosen["basis"] != published:
        return ""
    filters: dict[str, Any] = {"abc": chosen["class"]}
    if chosen["nobody"]:
        filters["owner"] = ""
    if chosen["silent"]:
        filters["not_contacted_days"] = chosen["silent"]
    query = links.customers(**filters).partition("?")[2]
    return f"{reverse('customers:export')}?{query}"
