"""Cross-selling by product: what many may like, who may like one product, what is bought together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zhike.crm.catalog.models import Product
from zhike.crm.insight import labels
from zhike.crm.prediction import lists, phrases, tables
from zhike.crm.prediction.models import Recommendation
from zhike.crm.prediction.views.filtering import (
    Choice,
    about_goods,
    about_people,
    common,
    kept_filters,
    silence,
    without_empty,
)
from zhike.platform.figures import Figure
from zhike.platform.keyset import Page, Sort, paginate, sort_from
from zhike.platform.requests import Request, row_asked
from zhike.platform.tables import FilterChip, Table, with_query


def by_product(request: Request) -> HttpResponse:
    """The products with the most customers who may like them."""
    if clean := without_empty(request):
        return redirect(clean)
    query = request.GET
    found = lists.products_offered(request.user, query)
    products = Product.objects.select_related("category").in_bulk([row["product_id"] for row in found])
    kept = kept_filters(query)
    rows = [
        {
            "product": products[row["product_id"]],
            "customers": row["customers"],
            "url": f"?{urlencode({'product': row['product_id'], **kept}, doseq=True)}",
        }
        for row in found
    ]
    choices = [*about_goods(query), *about_people(query, labels.tier_names())]
    context = {
        **common(request, choices, Page([], None, None)),
        "title": _("Cross-selling"),
        "explained": explained(),
        "tab": "product",
        "products": rows,
        **silence(),
    }
    return render(request, "prediction/products.html", context)


def explained() -> str:
    return _("Products that customers never bought and may like, with what speaks for it.")


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
        Offer(row.customer_id, row.customer, row.customer_id, row.rank, row.because)
        for row in phrases.with_words(rows)
    ]


def audience(request: Request) -> HttpResponse:
    """The customers who may like one product."""
    if clean := without_empty(request):
        return redirect(clean)
    product = row_asked(Product.objects.visible_to(request.user), request.GET["product"])
    names = labels.tier_names()
    rows = lists.narrowed(lists.audience(request.user, product.pk), request.GET)
    sort = Sort("score", "score", descending=True)
    detailed = rows.select_related("customer__owner", "customer__score", "customer__prediction")
    page = paginate(detailed, sort, cursor=request.GET.get("cursor", ""))
    choices = about_people(request.GET, names)
    context = {
        **common(request, choices, page, {"recommended": str(product.pk)}),
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


def together(request: Request) -> HttpResponse:
    """Pairs of products that are bought together more often than by chance, with their exact counts."""
    if clean := without_empty(request):
        return redirect(clean)
    query = request.GET
    rows = lists.bought_together(request.user, query)
    sort = sort_from(query.get("sort", ""), tables.PAIR_SORTS, tables.PAIR_SORTS[0])
    page = paginate(rows.select_related("left", "right"), sort, cursor=query.get("cursor", ""))
    choices: list[Choice] = about_goods(query)
    shown = common(request, choices, page)
    if text := query.get("q", "").strip()[:80]:
        shown["chips"] = [FilterChip(_("Search"), text, with_query(query, q=None)), *shown["chips"]]
    newest = page.rows[0].as_of if page.rows else None
    context = {
        **shown,
        "title": _("Cross-selling"),
        "explained": _("Who buys the one also buys the other: counted in every order, chance excluded."),
        "tab": "together",
        "search": query.get("q", ""),
        "as_of": newest,
        "table": Table(tables.PAIRS, page.rows, query, sort=("-" if sort.descending else "") + sort.name),
        **silence(),
    }
    return render(request, "prediction/together.html", context)
