"""Input of an order with its lines, and of a return."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.orders.models import Order
from zhike.crm.orders.returns import Returnable
from zhike.crm.orders.services import next_number

#: Lines offered without a script; with one, lines are added as they are needed.
EMPTY_LINES = 3
MAX_LINES = 200
MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
NUMBERS = ("quantity", "unit_price", "cost")


def _amount(label: Any, **given: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=18, decimal_places=4, required=False, **given)


def _now() -> Any:
    return timezone.localtime().replace(second=0, microsecond=0)


class OrderForm(forms.Form):
    """``version`` is the order's time of change when the form was opened.

    A refused save leaves its HTTP ``status``, and what somebody else saved meanwhile as the ``meeting``.
    """

    status: int | None = None
    meeting: dict[str, Any] | None = None

    number = forms.CharField(label=_("Order number"), max_length=120)
    placed_at = forms.DateTimeField(label=_("Time"), widget=MOMENT)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, order: Order | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if order is None:
            self.fields["number"].initial = next_number
            self.fields["placed_at"].initial = _now
        else:
            del self.fields["number"]
            self.initial["placed_at"] = timezone.localtime(order.placed_at).replace(second=0, microsecond=0)
            self.initial["version"] = order.updated_at.isoformat()

    @property
    def header(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("number", "placed_at")}

    @property
    def changes(self) -> dict[str, Any]:
        """Seconds are not asked, so an untouched time stays as it was."""
        given = {"seen": self.cleaned_data["version"]}
        if "placed_at" in self.changed_data:
            given["placed_at"] = self.cleaned_data["placed_at"]
        return given


class LineForm(forms.Form):
    """One line; the product is named by its number, or what was sold is described."""

    sku = forms.CharField(
        label=_("Product"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    quantity = _amount(_("Quantity"))
    unit_price = _amount(_("Unit price"), min_value=0)
    cost = _amount(_("Cost of the line"), min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            wide = " num" if name in NUMBERS else ""
            field.widget.attrs |= {"class": f"form-control{wide}", "aria-label": field.label}
            if wide:
                field.widget.attrs |= {"inputmode": "decimal", "step": "any"}
        self.fields["sku"].widget.attrs |= {
            "placeholder": _("Number or name"),
            "data-products": reverse("catalog:suggest"),
        }

    @property
    def is_filled(self) -> bool:
        return any(value not in (None, "") for value in self.cleaned_data.values())

    @property
    def line(self) -> dict[str, Any]:
        line = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        if "cost" in line and "cost" not in self.changed_data:
            self._follow(line)
        return line

    def _follow(self, line: dict[str, Any]) -> None:
        """A cost that nobody touched follows the quantity, and goes with the product."""
        if "sku" in self.changed_data:
            del line["cost"]
        elif "quantity" in self.changed_data and "quantity" in line:
            line["cost"] = line["cost"] * abs(line["quantity"]) / abs(self.initial["quantity"])


LineFormSet = forms.formset_factory(LineForm, extra=EMPTY_LINES, max_num=MAX_LINES, absolute_max=MAX_LINES)


class ReturnForm(forms.Form):
    """How much of each of the order's goods came back."""

    number = forms.CharField(label=_("Number of the return"), max_length=120)
    placed_at = forms.DateTimeField(label=_("Time"), widget=MOMENT)

    def __init__(self, *args: Any, goods: list[Returnable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goods = goods
        self.fields["number"].initial = lambda: next_number("R")
        self.fields["placed_at"].initial = _now
        for place, one in enumerate(goods):
            if one.left:
                self.fields[f"quantity_{place}"] = _quantity(one)

    @property
    def rows(self) -> list[tuple[Returnable, Any]]:
        names = [f"quantity_{place}" for place in range(len(self.goods))]
        pairs = zip(self.goods, names, strict=True)
        return [(one, self[name] if name in self.fields else None) for one, name in pairs]

    @property
    def header(self) -> list[Any]:
        return [self["number"], self["placed_at"]]

    def verbs(self) -> dict[str, Any]:
        quantities: dict[int, Decimal] = {
            place: self.cleaned_data.get(f"quantity_{place}") or Decimal(0)
            for place in range(len(self.goods))
        }
        return {
            "quantities": quantities,
            "number": self.cleaned_data["number"],
            "placed_at": self.cleaned_data["placed_at"],
        }


def _quantity(goods: Returnable) -> forms.DecimalField:
    field = _amount(goods.name, min_value=0, max_value=goods.left)
    field.widget.attrs |= {
        "class": "form-control num",
        "inputmode": "decimal",
        "step": "any",
        "aria-label": f"{_('Comes back')}: {goods.name}",
    }
    return field
