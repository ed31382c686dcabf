"""Input of an interaction."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Interaction

MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class InteractionForm(forms.ModelForm):
    class Meta:
        model = Interaction
        fields = ["kind", "at", "contact", "summary", "outcome", "next_step", "next_step_on"]
        widgets = {"at": MOMENT, "next_step_on": DATE, "summary": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = lambda: timezone.localtime().replace(second=0, microsecond=0)
        self.fields["contact"].queryset = customer.contacts.all()  # type: ignore[attr-defined]
        self.fields["contact"].label = _("Contact")
