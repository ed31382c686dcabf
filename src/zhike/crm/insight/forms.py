"""The definition of scores and tiers as a form: lists of dimensions and tiers, and a few settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.analytics.features import numeric_features
from zhike.analytics.settings import MONEY_BASES
from zhike.analytics.tiers.model import (
    BY_BREAKS,
    BY_SHARE,
    BY_VALUE,
    HIGHER,
    LOWER,
    MAX_DIMENSIONS,
    MAX_GRACE_DAYS,
    MAX_TIERS,
)
from zhike.crm.insight import labels
from zhike.platform.charts import tier_color

# Weights are shares of 100; a sum within this is 100.
TOLERANCE = 0.05


def _measures() -> list[tuple[str, str]]:
    return sorted(
        ((name, labels.feature_name(name)) for name in numeric_features()), key=lambda pair: pair[1]
    )


def _bases() -> list[tuple[str, str]]:
    return [(name, labels.feature_name(name)) for name in MONEY_BASES]


class DimensionForm(forms.Form):
    """One weighted dimension. ``code`` stays with a dimension for good: histories refer to it."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    feature = forms.ChoiceField(label=gettext_lazy("Measure"), choices=_measures)
    direction = forms.ChoiceField(
        label=gettext_lazy("Better is"),
        choices=[(HIGHER, gettext_lazy("more")), (LOWER, gettext_lazy("less"))],
        initial=HIGHER,
    )
    weight = forms.FloatField(label=gettext_lazy("Weight in %"), min_value=0, max_value=100, initial=0)
    zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=40, required=False)
    en = forms.CharField(label=gettext_lazy("Name in English"), max_length=40, required=False)


class TierForm(forms.Form):
    """One tier; the lowest takes whoever is left and has no bound."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
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


class _Weights(forms.BaseFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        total = sum(form.cleaned_data.get("weight") or 0 for form in kept(self.forms))
        if abs(total - 100) > TOLERANCE:
            raise forms.ValidationError(
                _("The weights must add up to 100 %%; now they are %(total)s %%.") % {"total": f"{total:g}"}
            )


DimensionFormSet = forms.formset_factory(
    DimensionForm, formset=_Weights, extra=0, can_delete=True, max_num=MAX_DIMENSIONS, validate_max=True
)
TierFormSet = forms.formset_factory(
    TierForm, extra=0, can_delete=True, max_num=MAX_TIERS, min_num=2, validate_min=True, validate_max=True
)


class SettingsForm(forms.Form):
    """How tiers are cut and kept, and the settings of RFM, classes and stages."""

    cut = forms.ChoiceField(
        label=gettext_lazy("Tiers are cut"),
        choices=[
            (BY_SHARE, gettext_lazy("by share of customers")),
            (BY_VALUE, gettext_lazy("by tier score")),
            (BY_BREAKS, gettext_lazy("by natural breaks of the score")),
        ],
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Grace period in days"),
        min_value=0,
        max_value=MAX_GRACE_DAYS,
        help_text=gettext_lazy("A tier is lost only after the lower one has been deserved for so long."),
    )
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


# Field of the settings form → path in the definition, and whether it is shown in percent.
PATHS: dict[str, tuple[str, str, bool]] = {
    "rfm_monetary": ("rfm", "monetary", False),
    "abc_basis": ("abc", "basis", False),
    "a_share": ("abc", "a_share", True),
    "b_share": ("abc", "b_share", True),
    "at_risk_ratio": ("lifecycle", "at_risk_ratio", False),
    "lost_ratio": ("lifecycle", "lost_ratio", False),
    "high_value_share": ("lifecycle", "high_value_share", True),
    "cut": ("tiers", "cut", False),
    "grace_days": ("tiers", "grace_days", False),
}


class DefinitionForm:
    """The three forms of the page as one: from a definition, and back to it."""

    def __init__(self, definition: dict[str, Any], data: Any = None) -> None:
        self.definition = definition
        self.dimensions = DimensionFormSet(data, prefix="dimensions", initial=_dimension_rows(definition))
        self.tiers = TierFormSet(data, prefix="tiers", initial=_tier_rows(definition))
        self.settings = SettingsForm(data, initial=_settings_row(definition), prefix="settings")

    @property
    def tier_rows(self) -> list[TierForm]:
        """Tiers from the highest; one that was just added stands above the others."""
        old = self.tiers.initial_form_count()
        forms_ = list(self.tiers.forms)
        return [*reversed(forms_[old:]), *forms_[:old]]

    @property
    def fields_of_tiers(self) -> list[forms.BoundField]:
        return [self.settings["cut"], self.settings["grace_days"]]

    @property
    def fields_of_others(self) -> list[forms.BoundField]:
        return [self.settings[name] for name in PATHS if PATHS[name][0] != "tiers"]

    def is_valid(self) -> bool:
        # Every part is checked, so that the person sees all errors at once.
        return all([self.dimensions.is_valid(), self.tiers.is_valid(), self.settings.is_valid()])

    def cleaned(self) -> dict[str, Any]:
        """The definition that the forms describe; what no form shows stays as it was."""
        result: dict[str, Any] = {name: dict(part) for name, part in self.definition.items()}
        for name, (part, key, percent) in PATHS.items():
            value = self.settings.cleaned_data[name]
            result[part][key] = round(value / 100, 6) if percent else value
        result["tiers"]["dimensions"] = _dimensions(kept(self.dimensions.forms), self.definition)
        result["tiers"]["tiers"] = _tiers(kept(self.tier_rows), self.definition)
        return result

    def add_problems(self, problems: list[tuple[str, str]]) -> None:
        """Put each problem (path, sentence) beside its field; what has none stands above the form."""
        for path, sentence in problems:
            form, field = self._place(path)
            form.add_error(field, sentence)

    def _place(self, path: str) -> tuple[forms.Form, str | None]:
        parts = path.split(".")
        if parts[0] == "tiers" and len(parts) >= 3 and parts[2].isdigit():
            # A definition counts tiers from the lowest, the form from the highest.
            of_dimension = parts[1] == "dimensions"
            rows = kept(self.dimensions.forms) if of_dimension else kept(self.tier_rows)[::-1]
            form = rows[int(parts[2])]
            field = "zh" if parts[-1] == "name" else parts[-1]
            return form, field if field in form.fields and field != "code" else None
        for name, (part, key, _percent) in PATHS.items():
            if [part, key] == parts[:2]:
                return self.settings, name
        return self.settings, None


def kept(rows: list[Any]) -> list[Any]:
    """The rows of a list that are not to be deleted."""
    return [row for row in rows if not getattr(row, "cleaned_data", {}).get("DELETE")]


def _plain(value: Any) -> Any:
    """40 instead of 40.0 in an input."""
    if not isinstance(value, float):
        return value
    value = round(value, 4)
    return int(value) if value.is_integer() else value


def _dimension_rows(definition: dict[str, Any]) -> list[dict[str, Any]]:
    dimensions = definition["tiers"]["dimensions"]
    total = sum(one["weight"] for one in dimensions) or 1
    return [{**one, **one["name"], "weight": _plain(100 * one["weight"] / total)} for one in dimensions]


def _tier_rows(definition: dict[str, Any]) -> list[dict[str, Any]]:
    """The highest tier stands first, as everywhere."""
    rows = []
    for tier in reversed(definition["tiers"]["tiers"]):
        share = None if tier["share"] is None else _plain(100 * tier["share"])
        rows.append({**tier, **tier["name"], "share": share})
    return rows


def _settings_row(definition: dict[str, Any]) -> dict[str, Any]:
    row = {}
    for name, (part, key, percent) in PATHS.items():
        value = definition[part][key]
        row[name] = _plain(100 * value if percent else value)
    return row


# What a dimension may have beside the fields of this form; it is changed elsewhere.
TRANSFORM = ("transform", "low", "high", "steps")


def _dimensions(rows: list[Any], definition: dict[str, Any]) -> list[dict[str, Any]]:
    known = {one["code"]: one for one in definition["tiers"]["dimensions"]}
    used: set[str] = set()
    found = []
    for form in rows:
        data = form.cleaned_data
        code = _new_code(data.get("code") or data["feature"], used)
        name = {"zh": data["zh"], "en": data["en"]}
        found.append(
            {
                "code": code,
                "feature": data["feature"],
                "weight": data["weight"],
                "direction": data["direction"],
                "name": name,
                **_transform(known.get(code), data),
            }
        )
    return found


def _transform(before: dict[str, Any] | None, data: dict[str, Any]) -> dict[str, Any]:
    """The transformation stays with its dimension as long as that measures the same in the same direction."""
    if before is None or any(before[name] != data[name] for name in ("feature", "direction")):
        return {}
    return {name: before[name] for name in TRANSFORM if name in before}


def _tiers(rows: list[Any], definition: dict[str, Any]) -> list[dict[str, Any]]:
    """From the lowest to the highest; the lowest has no bound."""
    # Colors follow the rank everywhere; a definition keeps those that it was made with.
    colors = {tier["code"]: tier["color"] for tier in definition["tiers"]["tiers"]}
    used: set[str] = set()
    found = []
    for place, form in enumerate(reversed(rows)):
        data = form.cleaned_data
        share = None if data["share"] is None else round(data["share"] / 100, 6)
        code = _new_code(data.get("code") or slugify(data["en"]) or f"tier_{place + 1}", used)
        name = {"zh": data["zh"], "en": data["en"]}
        bounds = (
            {"share": share, "min_score": data["min_score"]} if place else {"share": None, "min_score": None}
        )
        found.append(
            {"code": code, "name": name, "color": colors.get(code) or tier_color(place + 1), **bounds}
        )
    return found


def _new_code(text: str, used: set[str]) -> str:
    """A code made of letters, digits and underscores that no other row has."""
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in text)[:30] or "row"
    code, number = stem, 1
    while code in used:
        number += 1
        code = f"{stem}_{number}"
    used.add(code)
    return code
