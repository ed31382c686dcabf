"""The columns of the product list and its permitted orders."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Product
from zhike.platform.keyset import Sort
from zhike.platform.tables import Column


def _address(product: Product) -> str:
    return reverse("catalog:edit", args=[product.pk])


def _category(product: Product) -> str:
    category = product.category
    if category is None:
        return ""
    return f"{category.parent.name} / {category.name}" if category.parent else category.name


def _margin(product: Product) -> Decimal | None:
    if product.cost is None or not product.price:
        return None
    return 1 - product.cost / product.price


SORTS = (Sort("sku", "sku"), Sort("created", "id"))
COLUMNS = (
    Column("name", _("Product"), url=_address, sub="sku"),
    Column("category", _("Category"), value=_category),
    Column("price", _("Price"), "money"),
    Column("cost", _("Cost"), "money"),
    Column("margin", _("Margin"), "percent", value=_margin),
    Column("unit", _("Unit")),
    Column("on_sale", _("On sale"), value=lambda product: _("Yes") if product.is_active else _("No")),
    Column("sku", _("Product number"), sort="sku", default=False),
    Column("source", _("Source"), default=False),
)
