"""Input of the pages about the installation itself."""

from __future__ import annotations

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from zhike.platform.models import BackupPlan


class BackupPlanForm(forms.Form):
    frequency = forms.ChoiceField(label=_("How often"), choices=BackupPlan.Frequency.choices)
    weekday = forms.TypedChoiceField(
        label=_("Day of the week"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        help_text=_("Counts for weekly backups only."),
    )
    hour = forms.TypedChoiceField(
        label=_("From"), choices=[(hour, f"{hour:02d}:00") for hour in range(24)], coerce=int
    )
    keep = forms.IntegerField(
        label=_("How many to keep"),
        min_value=1,
        max_value=365,
        help_text=_("Older ones written by this plan are deleted; those written by hand stay."),
    )
    drill = forms.BooleanField(label=_("Try each backup out after it is written"), required=False)
