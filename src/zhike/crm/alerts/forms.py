"""Input of the company's settings of alerts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.alerts.choices import Situation
from zhike.crm.alerts.judging import CLASS_A, Policy
from zhike.crm.alerts.models import AlertSettings
from zhike.crm.insight import labels
from zhike.platform.offers import offer

SILENT = "silent_"
BOXES = forms.CheckboxSelectMultiple
LEAST, MOST = Decimal(0), Decimal(10) ** 12


class SettingsForm(forms.ModelForm):
    active = forms.MultipleChoiceField(
        label=gettext_lazy("Alert of"), choices=Situation, required=False, widget=BOXES
    )
    managers = forms.MultipleChoiceField(
        label=gettext_lazy("Tell the manager too"), choices=Situation, required=False, widget=BOXES
    )
    key_tiers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Key tiers"), coerce=int, required=False, widget=BOXES
    )

    class Meta:
        model = AlertSettings
        fields = [
            "key_tiers",
            "key_class_a",
            "active",
            "managers",
            "return_share",
            "return_least",
            "return_amount",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy, names = Policy.current(), labels.tier_names()
        ranks = sorted((rank for rank in names if rank), reverse=True)
        offer(self, key_tiers=[(rank, names[rank]) for rank in ranks])
        self.initial["key_tiers"] = sorted(policy.key_tiers)
        for rank in ranks:
            self._add_days(str(rank), names[rank], policy.silent_days.get(rank))
        self._add_days(CLASS_A, _("ABC class A below the key tiers"), policy.silent_class_a)
        for name in ("return_share", "return_least", "return_amount"):
            field: Any = self.fields[name]
            field.min_value = LEAST

    def _add_days(self, key: str, who: str, days: int | None) -> None:
        self.fields[f"{SILENT}{key}"] = forms.IntegerField(
            label=_("Days without contact: %(tier)s") % {"tier": who},
            min_value=1,
            max_value=730,
            required=False,
            initial=days,
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ("return_share", "return_least", "return_amount"):
            if data.get(name) is not None and data[name] < 0:
                self.add_error(name, _("At least 0."))
        return data

    def verbs(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        data = dict(self.cleaned_data)
        days = {name.removeprefix(SILENT): data.pop(name) for name in list(data) if name.startswith(SILENT)}
        return {**data, "silent_days": {rank: number for rank, number in days.items() if number}}
