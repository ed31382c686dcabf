"""Input of a field that the company adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField

ENTITIES = [("customer", _("Customers")), ("contact", _("Contacts")), ("product", _("Products"))]


class FieldForm(forms.Form):
    entity = forms.ChoiceField(label=_("Belongs to"), choices=ENTITIES)
    label = forms.CharField(label=_("Label"), max_length=80)
    label_en = forms.CharField(
        label=_("English label"),
        max_length=80,
        required=False,
        help_text=_("Shown to who works in English; without it the label is."),
    )
    field_type = forms.ChoiceField(label=_("Field type"), choices=FieldType.choices)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line, for a choice or several choices."),
    )
    section = forms.CharField(
        label=_("Section"),
        max_length=80,
        required=False,
        help_text=_("Fields of one section stand together."),
    )
    position = forms.IntegerField(label=_("Order of appearance"), min_value=0, max_value=9999, required=False)
    required = forms.BooleanField(label=_("Required in forms"), required=False)
    key = forms.CharField(
        label=_("Key"),
        max_length=40,
        required=False,
        help_text=_("The name in the API; it stays. Without one it is made of the English label."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, field: CustomField | None = None) -> None:
        names = ("entity", "label", "label_en", "field_type", "section", "position", "required")
        known = {name: getattr(field, name) for name in names} if field else {}
        if field is not None:
            known["choices"] = "\n".join(field.choices)
        super().__init__(data, initial=known)
        if field is not None:
            del self.fields["entity"], self.fields["key"]

    def verbs(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["choices"] = data["choices"].splitlines()
        data["position"] = data["position"] or 0
        return data
