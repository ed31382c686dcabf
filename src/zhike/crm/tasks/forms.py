"""Input of tasks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.customers.models import Customer
from zhike.crm.tasks import repeats, rules
from zhike.crm.tasks.models import Task
from zhike.crm.tasks.repeats import Repeat
from zhike.platform.conflicts import Meeting
from zhike.platform.offers import offer

DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
TIME = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
NOT_FOUND = _("This customer does not exist.")


class TaskForm(forms.Form):
    """A task; the customer is chosen beside the form and comes as a number."""

    title = forms.CharField(label=_("what is to be done"), max_length=200)
    due_on = forms.DateField(label=_("due on"), required=False, widget=DATE)
    due_time = forms.TimeField(label=_("at"), required=False, widget=TIME)
    repeat = forms.ChoiceField(label=_("repeat"), required=False, choices=Repeat.choices)
    assignee = forms.ModelChoiceField(label=_("who does it"), queryset=User.objects.none())
    note = forms.CharField(
        label=_("note"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**62)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    #: Why it was refused: the answer's status, and what a colleague has saved meanwhile.
    status = 0
    meeting: Meeting | None = None

    def __init__(self, *args: Any, user: Any, task: Task | None = None, **kwargs: Any) -> None:
        self.user, self.task = user, task
        kwargs["initial"] = (_of(task) if task else {"assignee": user.pk}) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        offer(self, assignee=rules.colleagues(user))
        if not (task and repeats.choice_of(task.repeat) == Repeat.OTHER):
            offered = [pair for pair in Repeat.choices if pair[0] != Repeat.OTHER]
            offer(self, repeat=offered)

    def clean_customer(self) -> Customer | None:
        number = self.cleaned_data["customer"]
        if number is None:
            return None
        if self.task is not None and self.task.customer_id == number:
            return self.task.customer
        found = Customer.objects.visible_to(self.user).filter(pk=number).first()
        if found is None:
            raise forms.ValidationError(NOT_FOUND)
        return found

    def verbs(self) -> dict[str, Any]:
        """What the services take."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        choice, first = data["repeat"], data["due_on"]
        known = self.task is not None and repeats.choice_of(self.task.repeat) == choice
        if known and self.task is not None and (choice == Repeat.OTHER or first == self.task.due_on):
            return data | {"repeat": self.task.repeat}
        if first is None:
            return data | {"repeat": "FREQ=DAILY" if choice else ""}
        return data | {"repeat": repeats.rule_of(choice, first)}


class QuickTaskForm(forms.Form):
    """Enough to have a task: what, and when if it matters."""

    title = forms.CharField(max_length=200)
    due_on = forms.DateField(required=False)
    customer = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class PostponeForm(forms.Form):
    due_on = forms.DateField()


def _of(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        "due_on": task.due_on,
        "due_time": task.due_time,
        "repeat": repeats.choice_of(task.repeat),
        "assignee": task.assignee_id,
        "note": task.note,
        "customer": task.customer_id,
        "version": task.version,
    }
