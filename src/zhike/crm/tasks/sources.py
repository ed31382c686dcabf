"""The calendar's own source: tasks, and the days on which repeating ones will come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from zhike.crm.tasks import notices, repeats
from zhike.crm.tasks.calendar import Entry, register_source
from zhike.crm.tasks.models import Task

MOST = 1000


def of_tasks(user: Any, first: date, last: date) -> Iterator[Entry]:
    """The user's own tasks: those to do and those done in the days shown."""
    mine = Task.objects.visible_to(user).of(user).filter(cancelled_at__isnull=True)
    for task in mine.filter(due_on__range=(first, last)).order_by("due_on", "due_time", "pk")[:MOST]:
        yield _entry(task, task.due_on)
    coming = mine.open().filter(due_on__lte=last).exclude(repeat="")
    for task in coming[:MOST]:
        yield from _expected(task, first, last)


def _expected(task: Task, first: date, last: date) -> Iterator[Entry]:
    start = task.repeat_from or task.due_on
    if start is None or task.due_on is None:
        return
    for day in repeats.days(task.repeat, start, after=task.due_on, until=last):
        if day >= first:
            yield _entry(task, day, expected=True)


def _entry(task: Task, day: date | None, *, expected: bool = False) -> Entry:
    assert day is not None
    return Entry(
        key=f"task-{task.pk}-{day:%Y%m%d}" if expected else f"task-{task.pk}",
        kind="task",
        on=day,
        at=task.due_time,
        label=task.title,
        url=notices.address(task.pk),
        icon="repeat" if task.repeat else "checkbox",
        color="blue",
        done=task.done_at is not None,
        expected=expected,
    )


register_source(of_tasks, "tasks", reach=timedelta(days=366))
