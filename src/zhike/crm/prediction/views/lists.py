"""The three lists: at risk and worth it, overdue, cross-selling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.crm.insight import labels
from zhike.crm.prediction import goods, lists, needs, phrases, tables
from zhike.crm.prediction.choices import RecommendationKind
from zhike.crm.prediction.costs import CostTable, value_of
from zhike.crm.prediction.models import CustomerPrediction, Recommendation
from zhike.crm.prediction.speaking import basis
from zhike.crm.prediction.views import offers
from zhike.crm.prediction.views.filtering import (
    FIGURES,
    Choice,
    about_goods,
    about_people,
    common,
    silence,
    without_empty,
)
from zhike.platform.figures import Figure
from zhike.platform.keyset import Sort, paginate, sort_from
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request
from zhike.platform.tables import Column, Table

#: Products of a row.
OFFERED = 3


@requires("customers.view", "insight.view")
@require_GET
def at_risk(request: Request) -> HttpResponse:
    """Who may leave and is worth an offer."""
    names, table = labels.tier_names(), CostTable()
    rows = lists.narrowed(lists.at_risk(request.user, table), request.GET)
    if FIGURES in request.GET:
        found = lists.sums(rows, profit=True)
        profit = Figure(_("Expected profit of the offers that pay"), found.profit, "money", icon="coin-yuan")
        return _figures(request, [_count(found), _value_at_risk(found), profit])
    known = table.knows_profit and basis() == "margin"
    context = {
        "title": _("At risk and worth it"),
        "explained": _(
            "Who may leave and is worth an offer: the offer pays, or, while its costs are not entered, "
            "leaving is likelier than staying."
        ),
        "costs": table,
        "costs_known": known,
    }
    columns = tables.at_risk(names, costs_known=table.knows_profit)
    return _list_page(request, "at_risk", rows, columns, about_people(request.GET, names), context)


@requires("customers.view", "insight.view")
@require_GET
def overdue(request: Request) -> HttpResponse:
    """Who should have ordered again by their own rhythm."""
    names = labels.tier_names()
    rows = lists.narrowed(lists.overdue(request.user), request.GET)
    if FIGURES in request.GET:
        found = lists.sums(rows)
        return _figures(request, [_count(found), _value(found), _value_at_risk(found)])
    context = {
        "title": _("Overdue customers"),
        "explained": _(
            "Silent for more than twice their own rhythm, but not lost yet; the most valuable first."
        ),
    }
    may_see = allowed(request.user, "orders.view")
    columns = tables.overdue(names, timezone.localdate(), products=may_see)
    return _list_page(request, "overdue", rows, columns, about_people(request.GET, names), context)


@requires("customers.view", "insight.view", "orders.view")
@require_GET
def cross_sell(request: Request) -> HttpResponse:
    """What may be sold beside: by customer, by product, the customers of one product, or by pairs."""
    if request.GET.get("product"):
        return offers.audience(request)
    if request.GET.get("by") in OTHER_VIEWS:
        return OTHER_VIEWS[request.GET["by"]](request)
    names = labels.tier_names()
    rows = lists.narrowed(lists.liking(lists.cross_sell(request.user), request.GET), request.GET)
    if FIGURES in request.GET:
        found = lists.sums(rows)
        return _figures(request, [_count(found), _value(found)])
    context = {"title": _("Cross-selling"), "explained": offers.explained(), "tab": "customer"}
    choices = [*about_goods(request.GET), *about_people(request.GET, names)]
    return _list_page(request, "cross_sell", rows, tables.cross_sell(names), choices, context)


OTHER_VIEWS = {"product": offers.by_product, "together": offers.together}


def _list_page(
    request: Request,
    code: str,
    rows: QuerySet[CustomerPrediction],
    columns: tuple[Column, ...],
    choices: list[Choice],
    context: dict[str, Any],
) -> HttpResponse:
    if clean := without_empty(request):
        return redirect(clean)
    sorts = tables.SORTS[code]
    sort = sort_from(request.GET.get("sort", ""), sorts, sorts[0])
    page = paginate(_detailed(rows), sort, cursor=request.GET.get("cursor", ""))
    if code == "cross_sell":
        _with_products(page.rows, goods.asked(request.GET) and goods.products(request.GET))
    if code == "overdue":
        needs.with_needs(page.rows)
    if code == "at_risk":
        _with_edges(page.rows, context["costs"])
    shown = {"table": Table(columns, page.rows, request.GET, sort=_text(sort)), "code": code}
    filters = common(request, choices, page, {"predicted": code})
    return render(request, "prediction/list.html", {**filters, **shown, **context, **silence()})


def _figures(request: Request, figures: list[Figure]) -> HttpResponse:
    """The sums of a whole list, fetched once its page stands: they read every row of it."""
    return render(request, "prediction/_figures.html", {"figures": figures})


def _count(found: lists.Sums) -> Figure:
    return Figure(_("Customers"), found.customers, icon="users")


def _value(found: lists.Sums) -> Figure:
    return Figure(_("Value (12 months)"), found.clv, "money", icon="coin-yuan")


def _value_at_risk(found: lists.Sums) -> Figure:
    return Figure(_("Value at risk"), found.at_risk, "money", icon="heart-broken")


def _text(sort: Sort) -> str:
    return f"-{sort.name}" if sort.descending else sort.name


def _detailed(rows: QuerySet[CustomerPrediction]) -> QuerySet[CustomerPrediction]:
    return rows.select_related("customer__owner", "customer__score").defer("customer__score__reasons")


def _with_products(rows: Sequence[CustomerPrediction], asked: Any) -> None:
    """The best products of each row with their evidence as ``offered``; two statements for all.

    ``asked`` are the only products that count, where the address names some.
    """
    found = Recommendation.objects.filter(
        customer__in=[row.pk for row in rows], kind=RecommendationKind.DISCOVER
    )
    found = found.filter(product__in=asked) if asked else found.filter(rank__lte=OFFERED)
    by_customer: dict[int, list[Recommendation]] = {}
    for one in phrases.with_words(list(found.select_related("product").order_by("customer", "rank"))):
        by_customer.setdefault(one.customer_id, []).append(one)
    for row in rows:
        row.offered = by_customer.get(row.pk, [])


def _with_edges(rows: Sequence[CustomerPrediction], table: CostTable) -> None:
    """Each row with ``pays_from``, the probability of leaving from which on an offer pays."""
    for row in rows:
        row.pays_from = table.of_customer(row.customer).break_even(value_of(row))
