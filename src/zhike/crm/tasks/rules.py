"""What a task may be, and who may make and change it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.customers.models import Customer
from zhike.crm.tasks import repeats
from zhike.crm.tasks.models import Task
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import require

FIELDS = ("title", "note", "due_on", "due_time", "repeat")
MAX_TITLE, MAX_NOTE = 200, 5000
FIRST_YEAR, LAST_YEAR = 2000, 2100


def checked(
    *, title: str, note: str, due_on: date | None, due_time: time | None, repeat: str
) -> dict[str, Any]:
    """The fields in the form in which they are kept; a :class:`DomainError` names the first that is wrong."""
    title = " ".join(title.split())
    if not title or len(title) > MAX_TITLE:
        raise DomainError(_("Say in at most 200 characters what is to be done."), field="title")
    if len(note) > MAX_NOTE:
        raise DomainError(_("A note has at most 5,000 characters."), field="note")
    if due_on is None and due_time is not None:
        raise DomainError(_("A time needs a date."), field="due_on", code="required")
    if due_on is not None:
        check_day(due_on)
    rule = repeats.checked(repeat, due_on)
    return {"title": title, "note": note.strip(), "due_on": due_on, "due_time": due_time, "repeat": rule}


def check_day(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DomainError(_("This date is out of range."), field="due_on", code="out_of_range")


def may_create(actor: Any, customer: Customer | None, assignee: Any) -> None:
    """The actor (None: the program itself) may give the assignee a task about this customer."""
    if assignee is None or not assignee.is_active:
        raise DomainError(_("Choose a colleague who is active."), field="assignee", code="inactive")
    if actor is None:
        return
    if not actor.is_active:
        raise NotAllowed()
    if customer is None:
        return
    require(actor, "customers.edit")
    if not _sees(actor, customer):
        raise DomainError(_("This customer does not exist."), field="customer", code="not_found")
    if assignee.pk != actor.pk and not _sees(assignee, customer):
        raise DomainError(
            _("This colleague does not see the customer. Share the customer first."),
            field="assignee",
            code="not_visible",
        )


def may_give(actor: Any, task: Task, customer: Customer | None, assignee: Any) -> None:
    """The same for a task that exists: what stays as it was needs no new right."""
    same = getattr(customer, "pk", None) == task.customer_id and assignee.pk == task.assignee_id
    may_create(actor, None if same else customer, assignee)


def may_change(actor: Any, task: Task) -> None:
    """Those who do or gave the task, and those who may change the customers that they see."""
    if actor is None:
        return
    if actor.is_active and actor.pk in (task.assignee_id, task.creator_id):
        return
    if not Task.objects.visible_to(actor).filter(pk=task.pk).exists():
        raise DomainError(_("This task does not exist."), code="not_found")
    require(actor, "customers.edit")


def must_be_open(task: Task) -> None:
    if not task.is_open:
        raise DomainError(_("This task is done or dropped. Reopen it first."), code="not_open")


def permitted(actor: Any, customers: Sequence[Customer]) -> list[Customer]:
    """Those of the customers that the actor may give tasks about."""
    if actor is None:
        return list(customers)
    require(actor, "customers.edit")
    ids = [customer.pk for customer in customers]
    seen = set(Customer.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    return [customer for customer in customers if customer.pk in seen]


def _sees(user: Any, customer: Customer) -> bool:
    return Customer.objects.visible_to(user).filter(pk=customer.pk).exists()


def colleagues(actor: Any) -> QuerySet[User]:
    """Whom a task can be given to."""
    return User.objects.visible_to(actor).filter(is_active=True)
