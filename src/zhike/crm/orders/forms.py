"""Input of an order with its lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Product
from zhike.crm.orders.services import next_number

EMPTY_LINES = 4
MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


class OrderForm(forms.Form):
    number = forms.CharField(label=_("Order number"), max_length=120)
    placed_at = forms.DateTimeField(label=_("Time"), widget=MOMENT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].initial = next_number
        self.fields["placed_at"].initial = lambda: timezone.localtime().replace(second=0, microsecond=0)


class LineForm(forms.Form):
    """One line; the product is named by its number, or what was sold is described."""

    sku = forms.CharField(
        label=_("Product"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"}),
    )
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=18, decimal_places=4, required=False)
    unit_price = forms.DecimalField(
        label=_("Unit price"), max_digits=18, decimal_places=4, required=False, min_value=0
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            wide = " num" if name in ("quantity", "unit_price") else ""
            field.widget.attrs |= {"class": f"form-control form-control-sm{wide}", "aria-label": field.label}
        self.fields["sku"].widget.attrs["placeholder"] = _("Product number")

    @property
    def is_filled(self) -> bool:
        return any(value not in (None, "") for value in self.cleaned_data.values())

    @property
    def line(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


LineFormSet = forms.formset_factory(LineForm, extra=EMPTY_LINES, max_num=100, absolute_max=100)


def products_offered() -> list[Product]:
    """What the product field suggests; any other number can be typed."""
    return list(Product.objects.filter(is_active=True).order_by("sku")[:500])
