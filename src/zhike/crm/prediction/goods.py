"""Which products an offer may be: those of a category and of a price band, as an address names them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from zhike.crm.catalog.models import Product
from zhike.crm.customers import conditions
from zhike.platform.requests import number_of

CATEGORY, PRICE_FROM, PRICE_TO = "offered_category", "offered_from", "offered_to"


def category(given: list[str]) -> Q:
    """A category stands for those below it too."""
    number = number_of(given[-1])
    return conditions.NOBODY if number is None else Q(category=number) | Q(category__parent=number)


#: An unknown price is outside every band.
FILTERS: dict[str, conditions.Condition] = {
    CATEGORY: category,
    PRICE_FROM: conditions.amount("price"),
    PRICE_TO: conditions.amount("price", end=True),
}


def asked(query: QueryDict) -> list[str]:
    """The filters of products that an address names."""
    return [name for name in FILTERS if any(query.getlist(name))]


def products(query: QueryDict) -> QuerySet[Product, Any]:
    """The keys of the products that fit, for a condition within another query."""
    rows = Product.objects.order_by()
    for name in asked(query):
        rows = rows.filter(FILTERS[name]([value for value in query.getlist(name) if value]))
    return rows.values("pk")
