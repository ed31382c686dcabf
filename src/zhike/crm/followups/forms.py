"""Input of the rhythm of one tier."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.followups.policies import Policy


class PolicyForm(forms.Form):
    every_days = forms.IntegerField(label=_("at least every (days)"), required=False, min_value=1)
    at_most = forms.IntegerField(label=_("at most (contacts)"), required=False, min_value=1)
    within_days = forms.IntegerField(label=_("within (days)"), required=False, min_value=1)

    @property
    def policy(self) -> Policy:
        return Policy(**self.cleaned_data)
