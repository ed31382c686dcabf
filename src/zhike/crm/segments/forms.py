"""Forms of segments: name and definition, a choice by hand, a list from a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.segments.choices import Choice
from zhike.crm.segments.models import Segment
from zhike.platform.requests import json_of

MOST_CHARACTERS = 200_000


class SegmentForm(forms.ModelForm):
    """The builder's form; the definition arrives as JSON and is judged by the verb."""

    definition = forms.CharField(widget=forms.HiddenInput(attrs={"id": "segment-definition"}))

    class Meta:
        model = Segment
        fields = ["name", "description", "shared"]
        labels = {"name": _("Name"), "description": _("What it is for"), "shared": _("Colleagues see it")}

    def clean_definition(self) -> Any:
        text = self.cleaned_data["definition"]
        if len(text) > MOST_CHARACTERS:
            raise forms.ValidationError(_("This definition is too long."))
        try:
            return json_of(text)
        except ValueError as error:
            raise forms.ValidationError(_("This is not valid JSON.")) from error

    def validate_unique(self) -> None:
        """The verb says so, in one place for all doors."""


class ChoiceForm(forms.Form):
    """Somebody is always, or never, in the segment; without a choice the conditions decide again."""

    customer = forms.IntegerField(min_value=1)
    choice = forms.ChoiceField(choices=[*Choice.choices, ("", "")], required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class ListImportForm(forms.Form):
    """A customer list from a file of customer numbers."""

    name = forms.CharField(label=_("Name of the list"), max_length=80)
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel. One column has customer numbers, external keys, phones or e-mails."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.parquet,.gz"}),
    )
    shared = forms.BooleanField(label=_("Colleagues see it"), required=False)
    skip = forms.BooleanField(
        label=_("Leave out rows without a customer"),
        required=False,
        help_text=_("Otherwise nothing is written as long as a row is not found."),
    )
