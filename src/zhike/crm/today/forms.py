"""Input of the two ways to put a line aside."""

from __future__ import annotations

from django import forms

from zhike.crm.today.choices import REASONS


class PostponeForm(forms.Form):
    until = forms.DateField()


class NotNowForm(forms.Form):
    why = forms.ChoiceField(choices=[(str(choice), choice.label) for choice in REASONS])
    note = forms.CharField(max_length=200, required=False)
