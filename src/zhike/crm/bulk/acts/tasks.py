"""Create one task for every customer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.bulk.acts.base import Act, ActForm, Pairs, Params
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers import bulk
from zhike.crm.customers.forms import DATE
from zhike.crm.customers.models import Customer
from zhike.crm.tasks import bulk as tasks
from zhike.crm.tasks import services
from zhike.platform.errors import DomainError
from zhike.platform.offers import offer

ORIGIN = "bulk"
OWNER = "owner"


class TaskForm(ActForm):
    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due_on = forms.DateField(label=_("Due on"), widget=DATE)
    assignee = forms.ChoiceField(label=_("Who does it"))
    for_treatment = forms.BooleanField(
        label=_("This is a treatment"),
        required=False,
        initial=True,
        help_text=_("The customer will notice something, a call or a gift: a hold-out shows the effect."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(one.pk), str(one)) for one in User.objects.filter(is_active=True)]
        offer(self, assignee=[(OWNER, _("The owner of the customer")), *people])

    def params(self) -> Params:
        data = self.cleaned_data
        return {**data, "due_on": data["due_on"].isoformat()}


class CreateTasks(Act):
    code = "task"
    label = _("Create tasks")
    hint = _("One task for every customer, for the owner or for one colleague.")
    icon = "checklist"
    form = TaskForm
    treats = True

    def permitted(self, user: Any) -> QuerySet[Customer]:
        return Customer.objects.visible_to(user)

    def describe(self, params: Params) -> Pairs:
        return [
            (gettext("What is to be done"), params["title"]),
            (gettext("Due on"), params["due_on"]),
            (gettext("Who does it"), _who(params)),
        ]

    def excluded(self, params: Params) -> Q:
        """Nobody would do the task of a customer without an owner who still works here."""
        if params["assignee"] != OWNER:
            return Q(pk__in=[])
        return Q(owner__isnull=True) | Q(owner__is_active=False)

    def suggests_treatment(self, params: Params) -> bool:
        return bool(params["for_treatment"])

    def purpose(self, params: Params) -> str:
        return str(params["title"])[:120]

    def sample(self, customers: Sequence[Customer], params: Params, rows: QuerySet[Customer]) -> Pairs:
        one_for_all = "" if params["assignee"] == OWNER else _who(params)
        title = f"{params['title']} ({params['due_on']})"
        return [("", f"{title} · {one_for_all or one.owner}") for one in customers]

    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> bulk.Outcome:
        params = act.params
        rows = self.permitted(actor).filter(pk__in=list(customers)).select_related("owner").order_by("pk")
        without = set(rows.filter(self.excluded(params)).values_list("pk", flat=True))
        chosen = [one for one in rows if one.pk not in without]
        services.create_tasks(
            actor=actor,
            customers=chosen,
            title=params["title"],
            due_on=date.fromisoformat(params["due_on"]),
            assignee=OWNER if params["assignee"] == OWNER else _assignee(params),
            origin=ORIGIN,
            origin_key_prefix=_prefix(act),
        )
        outcome = bulk.Outcome(excluded=without)
        made = tasks.made_by(origin=ORIGIN, prefix=_prefix(act), customers=[one.pk for one in chosen])
        for customer, task in made.items():
            outcome.add(customer, {"task": None}, {"task": task})
        return outcome

    def undo(self, *, actor: Any, act: BulkAct, images: Mapping[int, bulk.Image]) -> set[int]:
        numbers = {after["task"]: customer for customer, (_before, after) in images.items()}
        return {numbers[task] for task in tasks.withdraw(tasks=list(numbers))}


def _prefix(act: BulkAct) -> str:
    return f"{act.pk}:"


def _assignee(params: Params) -> User:
    found = User.objects.filter(pk=params["assignee"], is_active=True).first()
    if found is None:
        raise DomainError(_("This person no longer works here."), field="assignee", code="inactive")
    return found


def _who(params: Params) -> str:
    if params["assignee"] == OWNER:
        return gettext("The owner of the customer")
    return str(User.objects.filter(pk=params["assignee"]).first() or "")
