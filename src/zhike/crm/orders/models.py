"""Orders and their lines: the facts from which all understanding grows."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import customer_scope
from zhike.platform.permissions import RowScope, allowed, row_scope


class OrderStatus(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    CANCELLED = "cancelled", _("Cancelled")


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: Any) -> OrderQuerySet:
        """Orders of visible customers; anonymous sales only with an unlimited row scope."""
        if not allowed(user, "orders.view"):
            return self.none()
        known = models.Q(customer__deleted_at__isnull=True)
        if row_scope(user) == RowScope.ALL:
            return self.filter(known)
        return self.filter(known & customer_scope(user, "customer__"), customer__isnull=False)


class Order(models.Model):
    """A purchase, a return, or both; ``customer`` is empty for an anonymous sale.

    ``revenue`` is the sum of purchase lines, ``returned`` the absolute sum of return lines, both in the
    base currency; ``cost`` is known only when every line's cost is.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("customer"),
    )
    source = models.CharField(_("source"), max_length=60, default="manual")
    number = models.CharField(_("order number"), max_length=120)
    status = models.CharField(_("status"), max_length=12, choices=OrderStatus, default=OrderStatus.CONFIRMED)
    placed_at = models.DateTimeField(_("time"))
    business_date = models.DateField(_("date"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    # Base currency per unit of the order's currency on the day of the order.
    rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    revenue = models.DecimalField(_("revenue"), max_digits=18, decimal_places=4, default=0)
    returned = models.DecimalField(_("returned"), max_digits=18, decimal_places=4, default=0)
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=4, null=True)
    category_mask = models.BigIntegerField(default=0)
    line_count = models.PositiveIntegerField(default=0)
    #: The order whose goods came back, when this one is a return taken from it.
    return_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="returns", verbose_name=_("return of")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-business_date", "-id"]
        verbose_name = _("order")
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="order_number")]
        indexes = [
            models.Index(fields=["customer", "-business_date", "-id"], name="order_customer_date"),
            models.Index(fields=["-business_date", "-id"], name="order_date"),
            models.Index(fields=["status", "-business_date", "-id"], name="order_status_date"),
            models.Index(fields=["number"], name="order_number_alone"),
        ]

    def __str__(self) -> str:
        return self.number


class LineKind(models.TextChoices):
    """Why a line counts or does not."""

    PURCHASE = "purchase", _("Purchase")
    RETURN = "return", _("Return")
    FREE = "free", _("Without price")
    CANCELLED = "cancelled", _("Cancelled")


class OrderLine(models.Model):
    """One line; the same product twice in an order is legal. ``amount`` is signed, in the base currency."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=LineKind, default=LineKind.PURCHASE)
    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, null=True, blank=True, related_name="lines"
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=4)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4)
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=4, null=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.description or str(self.position)
