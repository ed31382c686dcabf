"""What colleagues are told about their tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.notifications import kinds, services
from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.services import Notice
from zhike.crm.tasks.models import Task

DUE, ASSIGNED, ASSIGNED_MANY = "tasks.due", "tasks.assigned", "tasks.assigned_many"


def describe(params: dict[str, Any]) -> Mapping[str, Any]:
    """The due date and time as words."""
    day = parse_date(str(params.get("due_on") or ""))
    if day is None:
        return {"when": gettext("without a date")}
    return {"when": f"{_day(day)} {params.get('due_time') or ''}".strip()}


def _day(day: date) -> str:
    return day.isoformat()


kinds.register(
    kinds.NotificationKind(
        DUE,
        _("A task is due"),
        _("Due %(when)s: %(title)s"),
        icon="checkbox",
        email_default=Email.DIGEST,
        describe=describe,
    )
)
kinds.register(
    kinds.NotificationKind(
        ASSIGNED,
        _("A colleague gave me a task"),
        _("%(by)s gave you a task: %(title)s (%(when)s)"),
        icon="user-check",
        email_default=Email.DIGEST,
        describe=describe,
    )
)
kinds.register(
    kinds.NotificationKind(
        ASSIGNED_MANY,
        _("A colleague gave me several tasks"),
        _("%(by)s gave you several tasks: %(title)s"),
        icon="user-check",
        email_default=Email.DIGEST,
    )
)


def tell_assignee(task: Task, actor: Any) -> None:
    """A colleague learns of a task that somebody else gave; nobody is told of one's own."""
    if actor is None or task.assignee is None or task.assignee_id == actor.pk:
        return
    key = f"{task.pk}:{task.version}"
    params = {**_params(task), "by": str(actor)}
    services.notify(user=task.assignee, kind=ASSIGNED, key=key, params=params, url=address(task.pk))


def tell_assignees(tasks: Sequence[Task], actor: Any, *, key: str) -> None:
    """One notification per colleague for tasks that were made together."""
    if actor is None:
        return
    people = {task.assignee_id for task in tasks if task.assignee_id} - {actor.pk}
    params = {"by": str(actor), "title": tasks[0].title}
    told = [Notice(pk, key, params, address()) for pk in sorted(people)]
    services.notify_many(ASSIGNED_MANY, told)


def remind(task: Task) -> bool:
    """Tell the assignee that the task is due: once per due date and time."""
    if task.remind_at is None:
        return False
    key = f"{task.pk}:{task.remind_at:%Y-%m-%dT%H:%M}"
    return services.notify(
        user=task.assignee,
        kind=DUE,
        key=key,
        params=_params(task),
        url=address(task.pk),
        urgent=task.due_time is not None,
    )


def _params(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        "due_on": task.due_on.isoformat() if task.due_on else "",
        "due_time": task.due_time.strftime("%H:%M") if task.due_time else "",
    }


def address(pk: int | None = None) -> str:
    try:
        return reverse("tasks:detail", args=[pk]) if pk else reverse("tasks:list")
    except NoReverseMatch:
        return ""
