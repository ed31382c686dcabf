"""What a backup says of the company's own rows, and a restore drill compares."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.platform.facts import register

LIVING = "SELECT COUNT(*) FROM customers_customer WHERE deleted_at IS NULL"

register("customers.count", _("Customers"), LIVING)
register("orders.count", _("Orders"), "SELECT COUNT(*) FROM orders_order")
register("orders.revenue", _("Sum of revenue"), "SELECT SUM(revenue) FROM orders_order", kind="money")
register(
    "orders.returned", _("Sum of what was returned"), "SELECT SUM(returned) FROM orders_order", kind="money"
)
register("orders.newest", _("Newest order"), "SELECT MAX(business_date) FROM orders_order", kind="day")
register(
    "interactions.newest",
    _("Newest follow-up"),
    "SELECT MAX(id) FROM interactions_interaction",
)
