"""Set fields of customers to one value each, the company's own fields included."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.bulk.acts.base import Act, ActForm, Pairs, Params
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers import bulk, validation, words
from zhike.crm.customers.field_inputs import CUSTOM, custom_inputs
from zhike.crm.customers.models import Customer, CustomField
from zhike.platform.columns import column_of
from zhike.platform.errors import DomainError
from zhike.platform.offers import offer

YES_NO = [("true", _("Yes")), ("false", _("No"))]


class FieldsForm(ActForm):
    """Empty inputs leave a field as it is; ``clear`` names those that shall be empty."""

    clear = forms.MultipleChoiceField(
        label=_("Make empty"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clear = self.fields.pop("clear")
        for name in bulk.FIELDS:
            self.fields[name] = _input(name)
        custom_inputs(self, "customer", {})
        # What every customer must have cannot be taken from many.
        may_be_empty = [
            (name, field.label)
            for name, field in self.fields.items()
            if not field.required and name != "no_profiling"
        ]
        for field in self.fields.values():
            field.required = False
        self.fields["clear"] = clear
        offer(self, clear=may_be_empty)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        emptied = set(data.get("clear", []))
        given = {name: value for name, value in data.items() if name != "clear" and not _is_empty(value)}
        if emptied & set(given):
            raise forms.ValidationError(_("A field is either set or made empty."))
        if not given and not emptied:
            raise forms.ValidationError(_("Set at least one field."))
        self._check(given)
        return data

    def _check(self, given: dict[str, Any]) -> None:
        try:
            validation.checked(Customer, self._plain(given), frozenset(bulk.FIELDS))
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))

    def _plain(self, values: dict[str, Any]) -> dict[str, Any]:
        plain = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
        if "no_profiling" in plain:
            plain["no_profiling"] = plain["no_profiling"] == "true"
        return plain

    def params(self) -> Params:
        data = self.cleaned_data
        given = {name: value for name, value in data.items() if name != "clear" and not _is_empty(value)}
        emptied = dict.fromkeys(data["clear"], "")
        both = self._plain({**given, **emptied})
        own = {
            name.removeprefix(CUSTOM): _json(value)
            for name, value in {**given, **emptied}.items()
            if name.startswith(CUSTOM)
        }
        return {"values": both, "custom": own}


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _json(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float | list) else str(value)


def _input(name: str) -> forms.Field:
    label = column_of(Customer, name).verbose_name
    if name == "country":
        return forms.CharField(label=label, max_length=60, required=False)
    return forms.ChoiceField(label=label, choices=[("", "—"), *_choices(name)], required=False)


def _choices(name: str) -> Sequence[tuple[str, Any]]:
    if name == "no_profiling":
        return YES_NO
    if name == "province":
        return words.provinces()
    if name == "industry":
        return words.industry_choices()
    return list(column_of(Customer, name).flatchoices)


class SetFields(Act):
    code = "set"
    label = _("Set fields")
    hint = _("Set industry, size, region or your own fields to one value for everybody.")
    icon = "forms"
    form = FieldsForm

    def describe(self, params: Params) -> Pairs:
        own = {field.key: field for field in CustomField.objects.filter(entity="customer")}
        plain = [(_label(name), _say(name, value)) for name, value in params["values"].items()]
        custom = [
            (own[key].title if key in own else key, _say_own(value))
            for key, value in params["custom"].items()
        ]
        return [*plain, *custom]

    def same(self, params: Params) -> Q:
        """By the plain fields alone where the company's own are set too: the store cannot compare those."""
        if params["custom"]:
            return Q(pk__in=[])
        condition = Q(**params["values"])
        place = params["values"].get("province")
        if place is None:
            return condition
        return condition & (Q(city="") | Q(city__startswith=place) if place else Q(city=""))

    def sample(self, customers: Sequence[Customer], params: Params, rows: QuerySet[Customer]) -> Pairs:
        return [(_now(one, params), _then(params)) for one in customers]

    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> bulk.Outcome:
        values, custom = act.params["values"], act.params["custom"]
        return bulk.set_many(actor=actor, customers=customers, values=values, custom=custom)

    def undo(self, *, actor: Any, act: BulkAct, images: Mapping[int, bulk.Image]) -> set[int]:
        return bulk.restore(actor=actor, images=images)


def _label(name: str) -> str:
    return str(column_of(Customer, name).verbose_name)


def _say(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if value == "":
        return gettext("empty")
    return str(dict(_choices(name)).get(value, value)) if name != "country" else str(value)


def _say_own(value: Any) -> str:
    if value in ("", None, []):
        return gettext("empty")
    if isinstance(value, bool):
        return _say("", value)
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _now(customer: Customer, params: Params) -> str:
    plain = [_say(name, getattr(customer, name)) for name in params["values"]]
    return " · ".join([*plain, *(_say_own(customer.custom.get(key)) for key in params["custom"])])


def _then(params: Params) -> str:
    plain = [_say(name, value) for name, value in params["values"].items()]
    return " · ".join([*plain, *(_say_own(value) for value in params["custom"].values())])
