"""Form fields for what a company added itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField

DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
CUSTOM = "custom_"


def custom_inputs(form: Any, entity: str, values: dict[str, Any]) -> dict[str, list[str]]:
    """Add an input for every living field; their names by section, in the company's order."""
    sections: dict[str, list[str]] = {}
    for field in CustomField.objects.living(entity):
        name = CUSTOM + field.key
        form.fields[name] = INPUTS[field.field_type](field)
        form.initial[name] = _initial(field, values.get(field.key))
        sections.setdefault(field.section, []).append(name)
    return sections


def custom_values(form: Any) -> dict[str, Any]:
    """The cleaned values by key."""
    return {
        name.removeprefix(CUSTOM): value
        for name, value in form.cleaned_data.items()
        if name.startswith(CUSTOM)
    }


def _initial(field: CustomField, value: Any) -> Any:
    if field.field_type == FieldType.BOOLEAN and isinstance(value, bool):
        return "true" if value else "false"
    return value


def _text(field: CustomField) -> forms.Field:
    return forms.CharField(label=field.title, max_length=1000, required=field.required)


def _number(field: CustomField) -> forms.Field:
    return forms.DecimalField(label=field.title, required=field.required)


def _date(field: CustomField) -> forms.Field:
    return forms.DateField(label=field.title, widget=DATE, required=field.required)


def _boolean(field: CustomField) -> forms.Field:
    choices = [("", "—"), ("true", _("Yes")), ("false", _("No"))]
    return forms.ChoiceField(label=field.title, choices=choices, required=field.required)


def _choice(field: CustomField) -> forms.Field:
    choices = [("", "—"), *((value, value) for value in field.choices)]
    return forms.ChoiceField(label=field.title, choices=choices, required=field.required)


def _multiple(field: CustomField) -> forms.Field:
    return forms.MultipleChoiceField(
        label=field.title,
        choices=[(value, value) for value in field.choices],
        required=field.required,
        widget=forms.CheckboxSelectMultiple,
    )


INPUTS: dict[str, Callable[[CustomField], forms.Field]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.MULTIPLE: _multiple,
}
