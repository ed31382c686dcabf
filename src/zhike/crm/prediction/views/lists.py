"""The three lists: at risk and worth it, overdue, cross-selling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.crm.accounts.models import Team, User
from zhike.crm.catalog.models import Product
from zhike.crm.customers.conditions import NONE
from zhike.crm.insight import labels
from zhike.crm.prediction import lists, needs, phrases, tables
from zhike.crm.prediction.choices import RecommendationKind
from zhike.crm.prediction.costs import CostTable, value_of
from zhike.crm.prediction.models import CustomerPrediction, Recommendation
from zhike.crm.prediction.speaking import basis, speakers
from zhike.platform.figures import Figure
from zhike.platform.keyset import Page, Sort, paginate, sort_from
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request
from zhike.platform.tables import Column, FilterChip, Table, with_query, without_value

FORMATS = [("xlsx", "Excel"), ("csv", "CSV"), ("parquet", "Parquet")]
#: What the file of a list holds beside the name, as columns of the customer list.
EXPORTED = (
    *("tier", "owner", "clv", "churn", "value_at_risk", "offer_profit", "break_even", "churn_reasons"),
    *("next_order", "rhythm"),
)
OFFERED = 3
#: The parameter by which a page asks for the sums of its list.
FIGURES = "figures"


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
    return _list_page(request, "at_risk", rows, columns, names, context)


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
    return _list_page(request, "overdue", rows, columns, names, context)


@requires("customers.view", "insight.view", "orders.view")
@require_GET
def cross_sell(request: Request) -> HttpResponse:
    """Which customers may like which products: by customer, by product, or the customers of one product."""
    if request.GET.get("product"):
        return _audience(request)
    names = labels.tier_names()
    if request.GET.get("by") == "product":
        return _by_product(request, names)
    rows = lists.narrowed(lists.cross_sell(request.user), request.GET)
    if FIGURES in request.GET:
        found = lists.sums(rows)
        return _figures(request, [_count(found), _value(found)])
    context = {"title": _("Cross-selling"), "explained": _cross_words(), "tabs": True, "tab": "customer"}
    return _list_page(request, "cross_sell", rows, tables.cross_sell(names), names, context)


def _cross_words() -> str:
    return _("Products that customers never bought and may like, with what speaks for it.")


def _list_page(
    request: Request,
    code: str,
    rows: QuerySet[CustomerPrediction],
    columns: tuple[Column, ...],
    names: dict[int, str],
    context: dict[str, Any],
) -> HttpResponse:
    if any("" in values for _name, values in request.GET.lists()):
        return redirect(_without_empty(request))
    sorts = tables.SORTS[code]
    sort = sort_from(request.GET.get("sort", ""), sorts, sorts[0])
    page = paginate(_detailed(rows), sort, cursor=request.GET.get("cursor", ""))
    if code == "cross_sell":
        _with_products(page.rows)
    if code == "overdue":
        needs.with_needs(page.rows)
    if code == "at_risk":
        _with_edges(page.rows, context["costs"])
    shown = {"table": Table(columns, page.rows, request.GET, sort=_text(sort)), "code": code}
    common = _common(request, names, {"predicted": code}, page)
    return render(request, "prediction/list.html", {**common, **shown, **context, **_silence()})


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


def _without_empty(request: Request) -> str:
    kept = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        kept.setlist(name, [value for value in values if value])
    return f"{request.path}?{kept.urlencode()}"


def _detailed(rows: QuerySet[CustomerPrediction]) -> QuerySet[CustomerPrediction]:
    return rows.select_related("customer__owner", "customer__score").defer("customer__score__reasons")


def _with_products(rows: Sequence[CustomerPrediction]) -> None:
    """The best products of each row with their evidence as ``offered``; two statements for all."""
    found = Recommendation.objects.filter(
        customer__in=[row.pk for row in rows], kind=RecommendationKind.DISCOVER, rank__lte=OFFERED
    )
    by_customer: dict[int, list[Recommendation]] = {}
    for one in phrases.with_words(list(found.select_related("product").order_by("customer", "rank"))):
        by_customer.setdefault(one.customer_id, []).append(one)
    for row in rows:
        row.offered = by_customer.get(row.pk, [])  # type: ignore[attr-defined]


def _with_edges(rows: Sequence[CustomerPrediction], table: CostTable) -> None:
    """Each row with ``pays_from``, the probability of leaving from which on an offer pays."""
    for row in rows:
        row.pays_from = table.of_customer(row.customer).break_even(value_of(row))  # type: ignore[attr-defined]


def _silence() -> dict[str, Any]:
    """Why a list may be empty or short: models without enough data, or nothing computed yet."""
    found = speakers()
    return {"silent": [one for one in found.values() if one.by_rule], "trained": bool(found)}


def _common(
    request: Request, names: dict[int, str], chosen: dict[str, str], page: Page[Any]
) -> dict[str, Any]:
    """Filters, paging, and the address under which bulk work and the export find the same customers."""
    query = request.GET
    kept = [(name, value) for name in lists.FILTERS for value in query.getlist(name) if value]
    columns = [("columns", name) for name in ("name", *EXPORTED)]
    choices = _choices(names)
    return {
        "chips": _chips(query, choices),
        "choices": [(name, label, pairs, query.get(name, "")) for name, (label, pairs) in choices.items()],
        "hidden": [(name, query[name]) for name in ("sort", "product", "by") if query.get(name)],
        "figures_query": urlencode([(FIGURES, "1"), *kept]),
        "bulk_query": urlencode([*chosen.items(), *kept]),
        "export_query": urlencode([*chosen.items(), *kept, *columns]),
        "formats": FORMATS if allowed(request.user, "export") else [],
        "next_url": _cursor(query, page.next_cursor),
        "previous_url": _cursor(query, page.previous_cursor),
    }


def _choices(names: dict[int, str]) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    people = User.objects.filter(is_active=True).values_list("pk", "display_name", "username")
    teams = Team.objects.values_list("pk", "name")
    return {
        "tier": (_("Tier"), [(str(rank), name) for rank, name in sorted(names.items(), reverse=True)]),
        "owner": (
            _("Who looks after them"),
            [(NONE, _("Nobody")), *((str(pk), name or login) for pk, name, login in people)],
        ),
        "team": (_("Team"), [(NONE, _("No team")), *((str(pk), name) for pk, name in teams)]),
    }


def _chips(query: QueryDict, choices: dict[str, tuple[str, list[tuple[str, str]]]]) -> list[FilterChip]:
    return [
        FilterChip(label, dict(pairs).get(value, value), without_value(query, name, value))
        for name, (label, pairs) in choices.items()
        for value in query.getlist(name)
        if value
    ]


def _cursor(query: QueryDict, cursor: str | None) -> str:
    if not cursor:
        return ""
    rest = with_query(query)
    return f"{rest}{'&' if len(rest) > 1 else ''}{urlencode({'cursor': cursor})}"


def _by_product(request: Request, names: dict[int, str]) -> HttpResponse:
    """The products with the most customers who may like them."""
    if any("" in values for _name, values in request.GET.lists()):
        return redirect(_without_empty(request))
    found = lists.products_offered(request.user, request.GET)
    products = Product.objects.in_bulk([row["product_id"] for row in found])
    kept = {name: request.GET.getlist(name) for name in lists.FILTERS if request.GET.getlist(name)}
    rows = [
        {
            "product": products[row["product_id"]],
            "customers": row["customers"],
            "url": f"?{urlencode({'product': row['product_id'], **kept}, doseq=True)}",
        }
        for row in found
    ]
    context = {
        **_common(request, names, {}, Page([], None, None)),
        "title": _("Cross-selling"),
        "explained": _cross_words(),
        "tabs": True,
        "tab": "product",
        "products": rows,
        **_silence(),
    }
    return render(request, "prediction/products.html", context)


@dataclass(frozen=True)
class Offer:
    """A customer to whom a product is offered; what is ticked in the list is the customer."""

    pk: int
    customer: Any
    customer_id: int
    rank: int
    because: str


def _offers(rows: Sequence[Recommendation]) -> list[Offer]:
    return [
        Offer(row.customer_id, row.customer, row.customer_id, row.rank, row.because)  # type: ignore[attr-defined]
        for row in phrases.with_words(rows)
    ]


def _audience(request: Request) -> HttpResponse:
    """The customers who may like one product."""
    if any("" in values for _name, values in request.GET.lists()):
        return redirect(_without_empty(request))
    text = request.GET["product"]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Http404
    product = get_object_or_404(Product.objects.visible_to(request.user), pk=int(text))
    names = labels.tier_names()
    rows = lists.narrowed(lists.audience(request.user, product.pk), request.GET)
    sort = Sort("score", "score", descending=True)
    detailed = rows.select_related("customer__owner", "customer__score", "customer__prediction")
    page = paginate(detailed, sort, cursor=request.GET.get("cursor", ""))
    context = {
        **_common(request, names, {"recommended": str(product.pk)}, page),
        "title": str(product),
        "pretitle": _("Cross-selling"),
        "back": f"{reverse('prediction:cross_sell')}?by=product",
        "explained": _("Customers who never bought this product and may like it, the best fit first."),
        "figures": [Figure(_("Customers"), rows.count(), icon="users")],
        "table": Table(tables.audience(names), _offers(page.rows), request.GET),
        "code": "audience",
        "product": product,
    }
    return render(request, "prediction/list.html", context)
