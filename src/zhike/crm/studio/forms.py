"""Input of a draft: its dimensions, and the few words of each step."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.analytics.tiers.measures import measure, measures
from zhike.analytics.tiers.model import (
    HIGHER,
    LINEAR,
    LOG,
    LOWER,
    MAX_DIMENSIONS,
    PERCENTILE,
    STEPS,
)
from zhike.crm.insight import labels
from zhike.crm.studio import naming

#: How a unit is typed: money in whole currency, shares in percent.
FACTORS = {"money": 10_000, "share": 0.01}
TRANSFORM_NAMES = [
    (PERCENTILE, gettext_lazy("by rank")),
    (LINEAR, gettext_lazy("in proportion")),
    (LOG, gettext_lazy("by the logarithm")),
    (STEPS, gettext_lazy("in steps")),
]


def measure_names(*, predicted: bool) -> dict[str, str]:
    """What may be measured, by its code, in the order of the words."""
    names = {code: labels.say(one.meaning) for code, one in measures(predicted=predicted).items()}
    return dict(sorted(names.items(), key=lambda pair: pair[1]))


class DimensionForm(forms.Form):
    """One dimension. ``code`` stays with what it measures: judgements and histories refer to it."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    feature = forms.CharField(
        label=gettext_lazy("Measure"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "studio-measures", "autocomplete": "off"}),
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Better is"),
        choices=[(HIGHER, gettext_lazy("more")), (LOWER, gettext_lazy("less"))],
        initial=HIGHER,
    )
    transform = forms.ChoiceField(
        label=gettext_lazy("Points"), choices=TRANSFORM_NAMES, required=False, initial=PERCENTILE
    )
    low = forms.FloatField(label=gettext_lazy("Begins at"), required=False)
    high = forms.FloatField(label=gettext_lazy("Ends at"), required=False)
    steps = forms.CharField(
        label=gettext_lazy("Points by value"),
        required=False,
        max_length=600,
        widget=forms.TextInput(attrs={"placeholder": "0=0; 1000=50; 5000=100"}),
    )
    zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=40, required=False)
    en = forms.CharField(label=gettext_lazy("Name in English"), max_length=40, required=False)

    def __init__(self, *args: Any, predicted: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.predicted = predicted

    def clean_feature(self) -> str:
        """The code of the measure that was named."""
        given = self.cleaned_data["feature"].strip()
        for code, name in measure_names(predicted=self.predicted).items():
            if given in (code, name):
                return code
        raise forms.ValidationError(_("Choose a measure from the list."))

    def clean_transform(self) -> str:
        return self.cleaned_data.get("transform") or PERCENTILE

    def clean_steps(self) -> list[tuple[float, float]]:
        """``0=0; 1000=50``: from which value, how many points."""
        found = []
        for part in self.cleaned_data["steps"].replace("；", ";").replace("，", ",").split(";"):
            if not part.strip():
                continue
            value, _sign, points = part.partition("=")
            try:
                step = float(value.replace(",", "")), float(points)
            except ValueError:
                step = math.nan, math.nan
            if not all(math.isfinite(number) for number in step):
                raise forms.ValidationError(_("Write each step as value=points, such as 1000=50."))
            found.append(step)
        return found

    def entry(self, code: str, weight: float) -> dict[str, Any]:
        """The dimension as a definition holds it."""
        data = self.cleaned_data
        transform, factor = data["transform"], FACTORS.get(measure(data["feature"]).unit, 1)
        own: dict[str, Any] = {} if transform == PERCENTILE else {"transform": transform}
        if transform in (LINEAR, LOG):
            own |= {name: _stored(data[name], factor) for name in ("low", "high")}
        if transform == STEPS:
            own["steps"] = [[_stored(value, factor), points] for value, points in data["steps"]]
        name = {"zh": data["zh"], "en": data["en"]}
        rest = {"feature": data["feature"], "direction": data["direction"], "name": name}
        return {"code": code, "weight": weight, **rest, **own}


def _stored(value: float | None, factor: float) -> float | int | None:
    if value is None:
        return None
    found = round(value * factor, 6)
    return int(found) if found.is_integer() else found


def typed(value: float | None, factor: float) -> float | int | None:
    if value is None:
        return None
    found = round(value / factor, 6)
    return int(found) if float(found).is_integer() else found


DimensionFormSet = forms.formset_factory(
    DimensionForm,
    extra=0,
    can_delete=True,
    min_num=1,
    max_num=MAX_DIMENSIONS,
    validate_min=True,
    validate_max=True,
)


class DimensionsForm:
    """The list of dimensions: from a definition, and back to it."""

    def __init__(self, definition: dict[str, Any], *, predicted: bool, data: Any = None) -> None:
        self.definition = definition
        rows = [_row(one) for one in definition["tiers"]["dimensions"]]
        self.rows = DimensionFormSet(
            data, prefix="dimensions", initial=rows, form_kwargs={"predicted": predicted}
        )

    def is_valid(self) -> bool:
        return bool(self.rows.is_valid())

    def cleaned(self) -> dict[str, Any]:
        """The definition with these dimensions; a new one weighs as much as the others on average."""
        known = {one["code"]: one["weight"] for one in self.definition["tiers"]["dimensions"]}
        usual = round(sum(known.values()) / len(known), 2) if known else 1
        rows = kept(self.rows.forms)
        found = [
            form.entry(code, known.get(form.cleaned_data["code"], usual))
            for form, code in zip(rows, self._codes(rows), strict=True)
        ]
        tiers = {**self.definition["tiers"], "dimensions": found}
        return {**self.definition, "tiers": tiers}

    def _codes(self, rows: list[Any]) -> list[str]:
        """A row keeps its code while it measures the same: people judged that, and nothing else."""
        measured = {one["code"]: one["feature"] for one in self.definition["tiers"]["dimensions"]}
        same = [measured.get(row.cleaned_data["code"]) == row.cleaned_data["feature"] for row in rows]
        used: set[str] = set()
        kept_codes = [
            new_code(row.cleaned_data["code"], used) if stays else ""
            for row, stays in zip(rows, same, strict=True)
        ]
        return [
            code or new_code(row.cleaned_data["feature"], used)
            for row, code in zip(rows, kept_codes, strict=True)
        ]


def _row(dimension: dict[str, Any]) -> dict[str, Any]:
    known = measures(predicted=True).get(dimension["feature"])
    factor = FACTORS.get(known.unit, 1) if known else 1
    steps = "; ".join(f"{typed(v, factor)}={typed(p, 1)}" for v, p in dimension.get("steps", ()))
    return {
        "code": dimension["code"],
        "feature": labels.say(known.meaning) if known else dimension["feature"],
        "direction": dimension["direction"],
        "transform": dimension.get("transform", PERCENTILE),
        "low": typed(dimension.get("low"), factor),
        "high": typed(dimension.get("high"), factor),
        "steps": steps,
        **dimension["name"],
    }


def kept(rows: list[Any]) -> list[Any]:
    """The rows of a list that are not to be deleted."""
    return [row for row in rows if not getattr(row, "cleaned_data", {}).get("DELETE")]


def new_code(text: str, used: set[str]) -> str:
    """A code made of letters, digits and underscores that no other row has."""
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in text)[:30] or "row"
    code, number = stem, 1
    while code in used:
        number += 1
        code = f"{stem}_{number}"
    used.add(code)
    return code


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the model"), max_length=80)
    make_primary = forms.BooleanField(
        label=gettext_lazy("Make it the primary model when it is published"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def clean_name(self) -> str:
        return naming.stored(self.cleaned_data["name"])


class ReviewForm(forms.Form):
    review_on = forms.DateField(
        label=gettext_lazy("Next review"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class OverrideForm(forms.Form):
    tier = forms.TypedChoiceField(label=gettext_lazy("Tier"), coerce=int)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Until and with"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, names: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ranks = sorted((rank for rank in names if rank), reverse=True)
        self.fields["tier"].choices = [(rank, names[rank]) for rank in ranks]  # type: ignore[attr-defined]
