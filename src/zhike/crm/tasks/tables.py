"""Columns and orders of the task list."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhike.crm.tasks.models import Task
from zhike.crm.tasks.repeats import in_words
from zhike.platform.keyset import Sort
from zhike.platform.tables import Column

DUE = Sort("due", "due_key")
SORTS = (
    DUE,
    Sort("title", "title"),
    Sort("created", "created_at", descending=True),
    Sort("done", "done_at", descending=True, nullable=True),
)


def customer_name(task: Task) -> str:
    customer = getattr(task, "shown_customer", None)
    return customer.name if customer else ""


def customer_address(task: Task) -> str:
    customer = getattr(task, "shown_customer", None)
    return reverse("customers:detail", args=[customer.pk]) if customer else ""


def repeat_words(task: Task) -> str:
    return in_words(task.repeat) if task.repeat else ""


COLUMNS = (
    Column("title", _("Task"), sort="title", template="tasks/_title_cell.html"),
    Column("due", _("Due"), sort="due", template="tasks/_due_cell.html"),
    Column("customer", _("Customer"), value=customer_name, url=customer_address),
    Column("assignee", _("Who does it"), value="assignee"),
    Column("repeat", _("Repeat"), value=repeat_words),
    Column("creator", _("Given by"), value="creator", default=False),
    Column("created", _("Created"), "moment", value="created_at", sort="created", default=False),
    Column("done", _("Done at"), "moment", value="done_at", sort="done", default=False),
)
