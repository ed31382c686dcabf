"""What the next orders will hold, as a person reads it: product, quantity, day, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import ngettext

from zhike.crm.catalog.models import Product
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.prediction.phrases import day_of
from zhike.platform.templatetags import zhike_format as say


@dataclass(frozen=True)
class Need:
    """A product, the day and quantity to expect, and the own purchases that speak for it."""

    product: Product
    on: date
    quantity: float
    because: str

    @property
    def amount(self) -> str:
        """The quantity with the product's unit."""
        digits = 0 if float(self.quantity).is_integer() else 1
        return f"{say.number(self.quantity, digits)} {self.product.unit}".strip()


def with_needs(rows: Sequence[CustomerPrediction]) -> None:
    """Each row with ``needs``; the products of all rows in one statement (none without any)."""
    wanted = {one["product"] for row in rows for one in row.expected_need}
    products = Product.objects.in_bulk(wanted) if wanted else {}
    for row in rows:
        row.needs = [
            Need(products[one["product"]], day_of(one["on"]), one["quantity"], _because(one["why"]))
            for one in row.expected_need
            if one["product"] in products
        ]


def _because(why: Mapping[str, Any]) -> str:
    """The own purchases that the expectation rests on."""
    visits = int(why.get("visits", 0))
    words = ngettext(
        "on %(times)s of %(visits)s day with an order, about every %(cycle)s",
        "on %(times)s of %(visits)s days with an order, about every %(cycle)s",
        visits,
    )
    return words % {
        "times": say.number(why.get("times", 0)),
        "visits": say.number(visits),
        "cycle": say.days(why.get("cycle_days", 0)),
    }
