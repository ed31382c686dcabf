"""Reading tasks: lists with their filters, counts, and the customers' names that a person may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.crm.customers.models import Customer
from zhike.crm.tasks.models import Task, TaskQuerySet
from zhike.platform import company_day

WHOSE = (
    ("mine", _("My tasks")),
    ("given", _("Given by me")),
    ("team", _("All that I see")),
)
STATES = (
    ("open", pgettext_lazy("tasks", "Open")),
    ("overdue", _("Overdue")),
    ("today", _("Today")),
    ("week", _("Next 7 days")),
    ("done", pgettext_lazy("tasks", "Done")),
)
NO_DATE = date(9999, 12, 31)
WEEK = timedelta(days=7)


def tasks_of(user: Any, whose: str) -> TaskQuerySet:
    """The tasks that a person sees, narrowed to one's own or to those given to others."""
    visible = Task.objects.visible_to(user)
    if whose == "given":
        return visible.filter(creator_id=user.pk).exclude(assignee_id=user.pk)
    return visible if whose == "team" else visible.of(user)


def in_state(tasks: TaskQuerySet, state: str, today: date | None = None) -> TaskQuerySet:
    if state == "done":
        return tasks.filter(done_at__isnull=False)
    return tasks.open().filter(_when(state, today or company_day.today()))


def _when(state: str, today: date) -> Q:
    return {
        "overdue": Q(due_on__lt=today),
        "today": Q(due_on=today),
        "week": Q(due_on__range=(today, today + WEEK)),
    }.get(state, Q())


def counts(tasks: TaskQuerySet) -> dict[str, int]:
    """How many open tasks each state has."""
    today = company_day.today()
    names = ("open", "overdue", "today", "week")
    found = {name: Count("pk", filter=_when(name, today) or None) for name in names}
    return dict(tasks.open().order_by().aggregate(**found))


def sortable(tasks: QuerySet[Task]) -> QuerySet[Any]:
    """With a due date for every row, so that tasks without one come last."""
    return tasks.annotate(due_key=Coalesce(F("due_on"), Value(NO_DATE)))


def with_customers(user: Any, tasks: Iterable[Task]) -> list[Task]:
    """Each task with ``shown_customer``: None where the person does not see the customer (any more)."""
    rows = list(tasks)
    ids = {task.customer_id for task in rows if task.customer_id}
    seen = Customer.objects.visible_to(user).only("pk", "name").in_bulk(ids) if ids else {}
    for task in rows:
        task.shown_customer = seen.get(task.customer_id) if task.customer_id else None
    return rows


def of_customer(user: Any, customer: Customer, limit: int = 20) -> list[Task]:
    """Open tasks about one customer, the most pressing first."""
    rows = Task.objects.visible_to(user).open().filter(customer_id=customer.pk)
    return list(sortable(rows).select_related("assignee").order_by("due_key", "due_time", "pk")[:limit])
