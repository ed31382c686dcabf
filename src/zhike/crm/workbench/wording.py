"""Results in the reader's words: names of variables, levels, products, and numbers in their units."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from zhike.analytics.workbench.reading import Reader
from zhike.crm.catalog.models import Product
from zhike.crm.workbench import catalogue
from zhike.platform.templatetags import zhike_format as say


def reader(products: Iterable[int] = ()) -> Reader:
    """For one page: the catalogue is read once."""
    entries = catalogue.entries()
    names = dict(Product.objects.filter(pk__in=list(products)).values_list("pk", "name"))

    def label(name: str) -> str:
        return str(entries[name].label) if name in entries else name

    @lru_cache(maxsize=2_000)
    def level(variable: str, value: str) -> str:
        return entries[variable].level(value) if variable in entries else value

    def unit(name: str) -> str:
        return entries[name].variable.unit if name in entries else ""

    return Reader(
        get_language() or "en",
        label=label,
        level=level,
        unit=unit,
        show=show,
        product=lambda number: names.get(number, f"#{number}"),
    )


def show(unit: str, value: float) -> str:
    """A number in its unit, as everywhere else in the product."""
    if unit == "money":
        return say.money(Decimal(repr(value)), 0 if abs(value) >= 100 else 2)
    if unit == "share":
        return say.percent(value)
    return say.number(value, 0 if value == int(value) or abs(value) >= 1000 else 1 if abs(value) >= 10 else 2)


def products_in(value: Any) -> set[int]:
    """The products that a result names."""
    if isinstance(value, dict):
        own = {value["product"]} if isinstance(value.get("product"), int) else set()
        return own.union(*(products_in(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(products_in(one) for one in value))
    return set()
