"""Input of what the company spends per customer, and of why a proposal is declined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight import labels
from zhike.crm.prediction.models import CostAssumption
from zhike.platform.offers import offer

MONEY = ("acquisition", "retention", "contact", "service")
SHARES = ("save_rate", "take_rate")


def _money(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=0, max_digits=18, decimal_places=4)


def _percent(label: Any) -> forms.FloatField:
    return forms.FloatField(label=label, required=False, min_value=0, max_value=100)


class CostForm(forms.Form):
    """The figures of one tier, of one segment of it, or of all customers; shares in per cent."""

    acquisition = _money(_("Acquisition cost"))
    retention = _money(_("Retention offer"))
    contact = _money(_("Cost of a contact"))
    service = _money(_("Service cost per year"))
    save_rate = _percent(_("Leavers kept by an offer (%)"))
    take_rate = _percent(_("Others who take it (%)"))

    def row(self) -> dict[str, Any]:
        """As the verb takes it."""
        data = self.cleaned_data
        found = {name: data.get(name) for name in MONEY}
        shares = {name: data.get(name) for name in SHARES}
        return found | {name: None if share is None else share / 100 for name, share in shares.items()}

    @property
    def figures(self) -> list[forms.BoundField]:
        return [self[name] for name in (*MONEY, *SHARES)]


class SegmentCostForm(CostForm):
    """Figures that differ in one segment, within a tier or in all of them."""

    tier = forms.TypedChoiceField(label=_("Tier"), required=False, coerce=int, empty_value=None)
    segment = forms.ChoiceField(label=_("RFM segment"), required=False)

    def __init__(self, *args: Any, tiers: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ranks = [(str(rank), name) for rank, name in sorted(tiers.items(), reverse=True) if rank]
        segments = [(code, labels.rfm_name(code)) for code in labels.RFM_SEGMENTS]
        offer(self, tier=[("", _("All tiers")), *ranks], segment=[("", "—"), *segments])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data.get("segment") and any(data.get(name) is not None for name in (*MONEY, *SHARES)):
            self.add_error("segment", _("Choose a segment."))
        return data

    def row(self) -> dict[str, Any]:
        return super().row() | {"tier": self.cleaned_data["tier"], "segment": self.cleaned_data["segment"]}


def shown(row: CostAssumption | None) -> dict[str, Any]:
    """An entry as the form shows it."""
    if row is None:
        return {}
    found = {name: getattr(row, name) for name in MONEY}
    money = {name: None if value is None else _plain(value) for name, value in found.items()}
    shares = {name: getattr(row, name) for name in SHARES}
    percent = {name: None if value is None else round(100 * value, 2) for name, value in shares.items()}
    return {**money, **percent, "tier": row.tier, "segment": row.segment}


def _plain(value: Any) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
