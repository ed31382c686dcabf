"""Input of a draft's tiers: names, colors and bounds, how they are cut and kept, and what goes along."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.analytics.settings import MONEY_BASES
from zhike.analytics.tiers.model import MAX_GRACE_DAYS, MAX_TIERS
from zhike.crm.insight import labels
from zhike.crm.studio.choices import CUT_NAMES, SHADE_NAMES
from zhike.crm.studio.forms import kept, new_code, typed
from zhike.platform import shades


def _bases() -> list[tuple[str, str]]:
    return [(name, labels.feature_name(name)) for name in MONEY_BASES]


class TierRow(forms.Form):
    """One tier; the lowest takes whoever is left and has no bound."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    color = forms.ChoiceField(label=gettext_lazy("Color"), choices=SHADE_NAMES, initial="blue")
    zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=40, required=False)
    en = forms.CharField(label=gettext_lazy("Name in English"), max_length=40, required=False)
    share = forms.FloatField(
        label=gettext_lazy("Share of customers in %"), min_value=0, max_value=100, required=False
    )
    min_score = forms.FloatField(
        label=gettext_lazy("From points"), min_value=0, max_value=100, required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("DELETE") and not (data.get("zh") or data.get("en")):
            self.add_error("zh", _("Give the tier a name."))
        return data


TierFormSet = forms.formset_factory(
    TierRow, extra=0, can_delete=True, max_num=MAX_TIERS, min_num=2, validate_min=True, validate_max=True
)


class CutForm(forms.Form):
    cut = forms.ChoiceField(label=gettext_lazy("Tiers are cut"), choices=CUT_NAMES)
    grace_days = forms.IntegerField(
        label=gettext_lazy("Grace period in days"),
        min_value=0,
        max_value=MAX_GRACE_DAYS,
        help_text=gettext_lazy("A tier is lost only after the lower one has been deserved for so long."),
    )
    review_on = forms.DateField(
        label=gettext_lazy("Review on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("On this day the people who change tier models are reminded to look again."),
    )

    def clean_review_on(self) -> date | None:
        day: date | None = self.cleaned_data["review_on"]
        if day is not None and "review_on" in self.changed_data and day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return day


class OthersForm(forms.Form):
    """Scores, classes and stages, which the primary model fixes along with the tiers."""

    rfm_monetary = forms.ChoiceField(label=gettext_lazy("M measures"), choices=_bases)
    abc_basis = forms.ChoiceField(label=gettext_lazy("Classes A, B, C by"), choices=_bases)
    a_share = forms.FloatField(label=gettext_lazy("A brings the first (in %)"), min_value=1, max_value=99)
    b_share = forms.FloatField(label=gettext_lazy("A and B together (in %)"), min_value=1, max_value=100)
    at_risk_ratio = forms.FloatField(
        label=gettext_lazy("At risk after so many of the customer's own purchase gaps"),
        min_value=1,
        max_value=50,
    )
    lost_ratio = forms.FloatField(
        label=gettext_lazy("Lost after so many of the customer's own purchase gaps"),
        min_value=1,
        max_value=100,
    )
    high_value_share = forms.FloatField(
        label=gettext_lazy("High value: the best (in %)"), min_value=1, max_value=90
    )


#: Field of the form → path in the definition, and whether it is typed in percent.
OTHERS: dict[str, tuple[str, str, bool]] = {
    "rfm_monetary": ("rfm", "monetary", False),
    "abc_basis": ("abc", "basis", False),
    "a_share": ("abc", "a_share", True),
    "b_share": ("abc", "b_share", True),
    "at_risk_ratio": ("lifecycle", "at_risk_ratio", False),
    "lost_ratio": ("lifecycle", "lost_ratio", False),
    "high_value_share": ("lifecycle", "high_value_share", True),
}


class TiersForm:
    """Tiers, cut-offs, grace and review as one form; for the primary model the other settings too."""

    def __init__(
        self, definition: dict[str, Any], *, review_on: date | None, others: bool, data: Any = None
    ) -> None:
        self.definition = definition
        tiers = definition["tiers"]
        start = {"cut": tiers["cut"], "grace_days": tiers["grace_days"], "review_on": review_on}
        self.cut = CutForm(data, initial=start)
        self.tiers = TierFormSet(data, prefix="tiers", initial=_tier_rows(definition))
        row = {name: _shown(definition[part][key], percent) for name, (part, key, percent) in OTHERS.items()}
        self.others = OthersForm(data, prefix="settings", initial=row) if others else None

    @property
    def rows(self) -> list[forms.Form]:
        """From the highest; one that was just added stands above the others."""
        old = self.tiers.initial_form_count()
        forms_ = list(self.tiers.forms)
        return [*reversed(forms_[old:]), *forms_[:old]]

    def is_valid(self) -> bool:
        parts = [self.cut.is_valid(), self.tiers.is_valid()]
        return all([*parts, self.others.is_valid() if self.others else True])

    def cleaned(self) -> dict[str, Any]:
        result: dict[str, Any] = {name: dict(part) for name, part in self.definition.items()}
        if self.others:
            for name, (part, key, percent) in OTHERS.items():
                value = self.others.cleaned_data[name]
                result[part][key] = round(value / 100, 6) if percent else value
        chosen = {name: self.cut.cleaned_data[name] for name in ("cut", "grace_days")}
        result["tiers"] = {**result["tiers"], **chosen, "tiers": _tiers(kept(self.rows))}
        return result


def _shown(value: Any, percent: bool) -> Any:
    return typed(value, 0.01 if percent else 1) if isinstance(value, int | float) else value


def _tier_rows(definition: dict[str, Any]) -> list[dict[str, Any]]:
    """The highest tier stands first, as everywhere."""
    rows = []
    for place, tier in reversed(list(enumerate(definition["tiers"]["tiers"], 1))):
        color = shades.SHADES[shades.number(tier["color"], place)]
        rows.append({**tier, **tier["name"], "color": color, "share": typed(tier["share"], 0.01)})
    return rows


def _tiers(rows: list[Any]) -> list[dict[str, Any]]:
    """From the lowest to the highest; the lowest has no bound."""
    used: set[str] = set()
    found = []
    for place, form in enumerate(reversed(rows)):
        data = form.cleaned_data
        code = new_code(data["code"] or slugify(data["en"]) or f"tier_{place + 1}", used)
        share = None if data["share"] is None else round(data["share"] / 100, 6)
        bounds = {"share": share, "min_score": data["min_score"]}
        lowest: dict[str, Any] = {"share": None, "min_score": None}
        name = {"zh": data["zh"], "en": data["en"]}
        found.append({"code": code, "name": name, "color": data["color"], **(bounds if place else lowest)})
    return found
