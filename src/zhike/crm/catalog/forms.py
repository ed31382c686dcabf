"""Input of a product and of a category."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.field_inputs import CUSTOM, custom_inputs, custom_values
from zhike.platform import conflicts
from zhike.platform.models import Installation
from zhike.platform.offers import offer


class ProductForm(forms.ModelForm):
    """``version`` and ``base`` let two people work on one product."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Product
        fields = ["sku", "name", "category", "price", "cost", "unit", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, category=[("", "—"), *category_choices()])
        self.fields["category"].widget.attrs["data-search-select"] = ""
        self.fields["cost"].help_text = _("What one unit costs you; margins follow from it.")
        for name in ("price", "cost"):
            self.fields[name].widget.attrs |= {"step": "any", "inputmode": "decimal"}
            self.fields[name].label = f"{self.fields[name].label} ({Installation.current().currency})"
            self.initial[name] = _short(self.initial.get(name))
        custom_inputs(self, "product", self.instance.custom)
        if self.instance.pk:
            self.initial["version"] = self.instance.updated_at.isoformat()
            self.initial["base"] = conflicts.sealed(self)

    def validate_unique(self) -> None:
        """The service says what is taken."""

    def verbs(self) -> dict[str, Any]:
        """The fields as the services take them."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith(CUSTOM)}
        data.pop("base", None)
        data["seen"] = data.pop("version", "")
        custom = custom_values(self)
        return {**data, "custom": {**self.instance.custom, **custom}} if custom else data


class CategoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    parent = forms.ModelChoiceField(
        Category.objects.filter(parent=None), label=_("Below"), required=False, empty_label=_("At the top")
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, category: Category | None = None) -> None:
        super().__init__(data, initial={"name": category.name} if category else {})
        if category is not None:
            del self.fields["parent"]


def _short(amount: Decimal | None) -> Decimal | None:
    """Two decimals, unless the amount needs all four that are stored."""
    if amount is None or amount != round(amount, 2):
        return amount
    return round(amount, 2)


def category_choices() -> list[tuple[str, str]]:
    """Every category with the ones above it."""
    names = {
        pk: (name, parent) for pk, name, parent in Category.objects.values_list("pk", "name", "parent_id")
    }
    return sorted(((str(pk), _path(pk, names)) for pk in names), key=lambda pair: pair[1])


def _path(pk: int | None, names: Mapping[int, tuple[str, int | None]]) -> str:
    parts: list[str] = []
    while pk is not None and len(parts) < len(names):
        name, above = names[pk]
        parts.insert(0, name)
        pk = above
    return " / ".join(parts)
