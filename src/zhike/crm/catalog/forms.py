"""Input of a product."""

from __future__ import annotations

from django import forms

from zhike.crm.catalog.models import Product


class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = ["sku", "name", "category", "price", "cost", "unit", "is_active"]

    def validate_unique(self) -> None:
        """The service says what is taken."""
