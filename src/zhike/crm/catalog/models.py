"""What the company sells: categories and products with price and, where known, cost."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.platform.permissions import allowed


class Category(models.Model):
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # Position in the analytical store's bit mask of top-level categories; null below the top.
    ordinal = models.PositiveIntegerField(null=True, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("category")
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="category_name"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(parent__isnull=True), name="category_top_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, user: Any) -> ProductQuerySet:
        """The catalogue is one for the whole company."""
        return self if allowed(user, "orders.view") else self.none()


class Product(models.Model):
    sku = models.CharField(_("product number"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=300)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("category")
    )
    price = models.DecimalField(_("price"), max_digits=18, decimal_places=4, null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    is_active = models.BooleanField(_("on sale"), default=True)
    source = models.CharField(_("source"), max_length=60, default="manual")
    custom = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["sku"]
        verbose_name = _("product")

    def __str__(self) -> str:
        return self.name
