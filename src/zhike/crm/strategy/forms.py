"""Input of the strategy of one tier: a few fields and the list of its benefits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.strategy.queries import Given, Strategy
from zhike.crm.strategy.services import HIGHEST_COST, LONGEST_HOURS, MOST_BENEFITS


class StrategyForm(forms.Form):
    service_level = forms.CharField(
        label=gettext_lazy("Service level"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("such as: own account manager")}),
    )
    response_hours = forms.IntegerField(
        label=gettext_lazy("Answer within (hours)"), min_value=1, max_value=LONGEST_HOURS, required=False
    )
    discount_limit = forms.DecimalField(
        label=gettext_lazy("Discount without asking (%)"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("What to do for them"), max_length=300, required=False)


class BenefitForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Benefit"), max_length=80, required=False)
    description = forms.CharField(label=gettext_lazy("Description"), max_length=200, required=False)
    yearly_cost = forms.DecimalField(
        label=gettext_lazy("Cost per customer and year"),
        min_value=0,
        max_value=HIGHEST_COST - 1,
        max_digits=13,
        decimal_places=4,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("name") and (data.get("description") or data.get("yearly_cost") is not None):
            self.add_error("name", _("Give every benefit a name."))
        return data


BenefitFormSet = forms.formset_factory(
    BenefitForm, extra=0, can_delete=True, max_num=MOST_BENEFITS, validate_max=True
)


class TierForm:
    """Both as one: from a strategy, and back to it."""

    def __init__(self, strategy: Strategy, data: Any = None) -> None:
        self.tier = strategy.tier
        initial = {name: getattr(strategy, name) for name in StrategyForm.base_fields}
        rows = [
            {"name": one.name, "description": one.description, "yearly_cost": _plain(one.yearly_cost)}
            for one in strategy.benefits
        ]
        initial["discount_limit"] = _plain(strategy.discount_limit)
        self.strategy = StrategyForm(data, initial=initial)
        self.benefits = BenefitFormSet(data, prefix="benefits", initial=rows)

    def is_valid(self) -> bool:
        return all([self.strategy.is_valid(), self.benefits.is_valid()])

    @property
    def wanted(self) -> Strategy:
        rows = [form.cleaned_data for form in self.benefits.forms]
        kept = [row for row in rows if row.get("name") and not row.get("DELETE")]
        given = tuple(Given(row["name"], row["yearly_cost"], row["description"]) for row in kept)
        return Strategy(self.tier, **self.strategy.cleaned_data, benefits=given)


def _plain(value: Any) -> Any:
    """40 instead of 40.0000 in an input."""
    return value if value is None else f"{value.normalize():f}"
