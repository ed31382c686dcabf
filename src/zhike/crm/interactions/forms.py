"""Input of an interaction, of a new day for a promised step, and of the company's own outcomes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.interactions import queries
from zhike.crm.interactions.models import Interaction, OutcomeTemplate
from zhike.platform.offers import offer

MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class InteractionForm(forms.ModelForm):
    """``settles`` offers the steps that are open; those that were due are ticked."""

    settles = forms.ModelMultipleChoiceField(Interaction.objects.none(), required=False, label=_("Done"))

    class Meta:
        model = Interaction
        fields = ["kind", "contact", "outcome", "summary", "next_step", "next_step_on", "at"]
        widgets = {
            "at": MOMENT,
            "next_step_on": DATE,
            "summary": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, customer: Customer, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today: date = timezone.localdate()
        self.fields["at"].initial = lambda: timezone.localtime().replace(second=0, microsecond=0)
        self.fields["at"].required = False
        offer(self, contact=customer.contacts.all())
        self.fields["contact"].label = _("Contact")
        self.steps = list(queries.open_steps(user, customer))
        offer(self, settles=queries.open_steps(user, customer))

    @property
    def open_steps(self) -> list[tuple[Interaction, bool]]:
        """The promised steps with whether each is ticked."""
        if self.is_bound:
            ticked = set(self["settles"].value() or ())
            return [(step, str(step.pk) in ticked) for step in self.steps]
        return [(step, step.next_step_on <= self.today) for step in self.steps if step.next_step_on]

    @property
    def outcomes(self) -> list[queries.Outcome]:
        return queries.outcomes(self.today)

    @property
    def quick_days(self) -> list[queries.Chip]:
        return queries.quick_days(self.today)


class PostponeForm(forms.Form):
    on = forms.DateField(label=_("New day"), widget=DATE)


class OutcomeTemplateForm(forms.ModelForm):
    class Meta:
        model = OutcomeTemplate
        fields = ["kind", "outcome", "next_step", "next_step_days"]
