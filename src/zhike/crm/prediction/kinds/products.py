"""Which products count as goods, and which are still offered."""

from __future__ import annotations

from zhike.analytics.recommend import NOT_GOODS, Filters
from zhike.crm.catalog.models import Product


def not_goods() -> tuple[int, ...]:
    """Products that are postage, fees and the like, by their numbers."""
    return tuple(Product.objects.filter(sku__in=NOT_GOODS).values_list("pk", flat=True))


def off_sale() -> tuple[int, ...]:
    return tuple(Product.objects.filter(is_active=False).values_list("pk", flat=True))


def on_sale() -> Filters:
    """Only products that are still sold are offered."""
    return Filters(exclude=off_sale())
