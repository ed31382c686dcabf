"""The variables that may be chosen: features, scores, predictions, attributes, the company's own fields.

Names are an allow-list: nothing else of an address or form reaches a query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Choices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhike.analytics.features import numeric_features
from zhike.analytics.workbench import Variable
from zhike.crm.accounts.models import Team, User
from zhike.crm.customers import words
from zhike.crm.customers.choices import BusinessModel, CustomerType, FieldType, Gender, Kind, Size
from zhike.crm.customers.models import CustomField
from zhike.crm.insight import labels
from zhike.platform.requests import number_of

Text = str | Promise
SNAPSHOT, PREDICTION, CUSTOM = "snapshot", "prediction", "custom"
FEATURES, SCORES, PREDICTIONS, ATTRIBUTES, OWN = "features", "scores", "predictions", "attributes", "own"
GROUPS: dict[str, Text] = {
    FEATURES: gettext_lazy("What they buy"),
    SCORES: gettext_lazy("Scores and tiers"),
    PREDICTIONS: gettext_lazy("Predictions"),
    ATTRIBUTES: gettext_lazy("Who they are"),
    OWN: gettext_lazy("Own fields"),
}
#: Custom fields are told apart from columns by this.
PREFIX = "own."
OWN_KINDS = {
    FieldType.NUMBER: "number",
    FieldType.CHOICE: "category",
    FieldType.BOOLEAN: "category",
}


@dataclass(frozen=True)
class Entry:
    """One variable: where its values come from and how they read."""

    variable: Variable
    label: Text
    group: str
    source: str = SNAPSHOT
    column: str = ""
    name_of: Callable[[str], str] | None = None
    levels: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.variable.name

    def level(self, value: str) -> str:
        """What a level reads as."""
        found = self.levels.get(value) or (self.name_of(value) if self.name_of else "")
        return str(found or value)


def entries() -> dict[str, Entry]:
    """Everything that may be chosen now, in the order in which it is offered."""
    found = [*_features(), *_scores(), *_predictions(), *_attributes(), *_own()]
    return {entry.name: entry for entry in found}


def _features() -> list[Entry]:
    # The sums behind other features add nothing that a person would ask for.
    return [
        Entry(Variable(name, unit=feature.unit), labels.say(feature.meaning), FEATURES, column=name)
        for name, feature in numeric_features().items()
    ]


def _scores() -> list[Entry]:
    numbers = {
        "r_score": _("R score"),
        "f_score": _("F score"),
        "m_score": _("M score"),
        "tier_score": _("Tier score"),
    }
    tiers = {str(rank): name for rank, name in labels.tier_names().items()}
    return [
        _category("tier", _("Tier"), SCORES, tiers, ordered=tuple(tiers)),
        _category("lifecycle", _("Stage"), SCORES, {}, name_of=labels.stage_name, ordered=labels.STAGES),
        _category("rfm_segment", _("RFM segment"), SCORES, {}, name_of=labels.rfm_name),
        _category("abc_class", _("ABC class"), SCORES, {}, ordered=("A", "B", "C")),
        *(Entry(Variable(name), label, SCORES, column=name) for name, label in numbers.items()),
    ]


PREDICTED: dict[str, tuple[Text, str]] = {
    "p_active": (gettext_lazy("Activity probability"), "share"),
    "expected_orders": (gettext_lazy("Expected orders"), "orders"),
    "clv": (gettext_lazy("Customer lifetime value"), "money"),
    "churn_probability": (gettext_lazy("Churn probability"), "share"),
    "value_at_risk": (gettext_lazy("Value at risk"), "money"),
    "cycle_days": (gettext_lazy("Purchase rhythm"), "days"),
}


def _predictions() -> list[Entry]:
    return [
        Entry(Variable(name, unit=unit), label, PREDICTIONS, PREDICTION, name)
        for name, (label, unit) in PREDICTED.items()
    ]


def _attributes() -> list[Entry]:
    return [
        _category("kind", _("Kind"), ATTRIBUTES, _choices(Kind)),
        _category("industry", _("Industry"), ATTRIBUTES, {}, name_of=words.industry_name),
        _category("region", _("Province"), ATTRIBUTES, {}, name_of=words.region_name),
        _category("city", _("City"), ATTRIBUTES, {}, name_of=words.region_name),
        _category("size", _("Company size"), ATTRIBUTES, _choices(Size), ordered=tuple(Size.values)),
        _category("customer_type", _("Type"), ATTRIBUTES, _choices(CustomerType)),
        _category("business_model", _("Business model"), ATTRIBUTES, _choices(BusinessModel)),
        _category("gender", _("Gender"), ATTRIBUTES, _choices(Gender)),
        _category("country", _("Country"), ATTRIBUTES, {}),
        _category("source", _("Source"), ATTRIBUTES, {}),
        _category("owner_id", str(pgettext_lazy("of a customer", "Owner")), ATTRIBUTES, {}, name_of=_person),
        _category("team_id", _("Team"), ATTRIBUTES, {}, name_of=partial(_name_in, Team)),
    ]


def _category(
    name: str,
    label: str,
    group: str,
    levels: Mapping[str, str],
    *,
    name_of: Callable[[str], str] | None = None,
    ordered: tuple[str, ...] = (),
) -> Entry:
    variable = Variable(name, "category", levels=ordered)
    return Entry(variable, label, group, column=name, name_of=name_of, levels=levels)


def _choices(kind: type[Choices]) -> dict[str, str]:
    return {str(value): str(label) for value, label in kind.choices}


def _person(number: str) -> str:
    return _name_in(User, number)


def _name_in(model: Any, number: str) -> str:
    found = model.objects.filter(pk=number_of(number) or 0).first()
    return str(found) if found else ""


def _own() -> list[Entry]:
    found = []
    for one in CustomField.objects.living("customer"):
        kind = OWN_KINDS.get(FieldType(one.field_type))
        if kind:
            levels = {"true": _("Yes"), "false": _("No")} if one.field_type == FieldType.BOOLEAN else {}
            variable = Variable(PREFIX + one.key, kind, levels=tuple(one.choices or ()))
            found.append(Entry(variable, one.title, OWN, CUSTOM, one.key, levels=levels))
    return found
