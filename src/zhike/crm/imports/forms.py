"""Input of the import pages; what is allowed stands in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.imports.models import Entity
from zhike.crm.imports.services import OPTIONS


class UploadForm(forms.Form):
    entity = forms.ChoiceField(label=_("What does the file hold?"), choices=Entity.choices)
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, TSV, Excel or Parquet, also packed as .gz. Up to 512 MB."),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.xlsm,.ods,.parquet,.gz"}
        ),
    )
    source = forms.CharField(
        label=_("System it comes from"),
        required=False,
        max_length=60,
        help_text=_("A short name such as erp or shop. Keys and order numbers are unique within a system."),
    )


class OptionsForm(forms.Form):
    """How unknown and new records are treated."""

    source = forms.CharField(label=_("System it comes from"), required=False, max_length=60)
    default_kind = forms.ChoiceField(
        label=_("New customers are"),
        choices=[
            ("auto", _("Told by their names")),
            ("company", _("Companies")),
            ("person", _("Persons")),
        ],
    )
    assign = forms.ChoiceField(
        label=_("New customers belong to"), choices=[("nobody", _("Nobody yet")), ("me", _("Me"))]
    )
    create_customers = forms.BooleanField(
        label=_("Create customers that are not known yet"), required=False, initial=True
    )
    fill_down = forms.BooleanField(
        label=_("Order numbers stand only in the first row of an order"), required=False
    )

    def __init__(self, *args: Any, entity: str, limited: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _unneeded(entity):
            del self.fields[name]
        if limited and "assign" in self.fields:
            # With a limited row scope, what one creates is one's own: else one could not see it.
            self.fields["assign"] = forms.ChoiceField(
                label=_("New customers belong to"), choices=[("me", _("Me"))]
            )

    def options(self) -> dict[str, Any]:
        """The values of the options shown, others as they are by default."""
        return {name: self.cleaned_data[name] for name in OPTIONS if name in self.fields}


def _unneeded(entity: str) -> tuple[str, ...]:
    if entity == Entity.PRODUCTS:
        return ("default_kind", "assign", "create_customers", "fill_down")
    if entity == Entity.CUSTOMERS:
        return ("create_customers", "fill_down")
    return ("fill_down",) if entity == Entity.CONTACTS else ()


class PresetForm(forms.Form):
    name = forms.CharField(label=_("Name of the preset"), max_length=80)
