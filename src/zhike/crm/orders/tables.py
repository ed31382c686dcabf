"""The columns of the order list and its permitted orders."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhike.crm.orders.models import Order
from zhike.platform.keyset import Sort
from zhike.platform.tables import Column


def _address(order: Order) -> str:
    return reverse("orders:detail", args=[order.pk])


def _customer_name(order: Order) -> str:
    return order.customer.name if order.customer else str(_("Anonymous sale"))


def _customer_address(order: Order) -> str:
    return reverse("customers:detail", args=[order.customer_id]) if order.customer_id else ""


SORTS = (Sort("date", "business_date"), Sort("entered", "id"))
COLUMNS = (
    Column("number", _("Order number"), url=_address),
    Column("date", _("Date"), "day", value="business_date", sort="date"),
    Column("customer", _("Customer"), value=_customer_name, url=_customer_address),
    Column("revenue", _("Revenue"), "money"),
    Column("returned", _("Returned"), "money"),
    Column("cost", _("Cost"), "money", default=False),
    Column("line_count", _("Lines"), "number"),
    Column("status", _("Status"), value="get_status_display"),
    Column("currency", _("Currency"), default=False),
    Column("source", _("Source"), default=False),
)
