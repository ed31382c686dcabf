"""When the company moves to another time zone, ten o'clock is ten o'clock there."""

from __future__ import annotations

from django.db import transaction

from zhike.crm.tasks import moments
from zhike.crm.tasks.models import Task

CHUNK = 500


def recompute_reminders() -> int:
    """Reckon anew when open tasks are reminded of; what was reminded stays so. Returns how many moved."""
    waiting = Task.objects.open().filter(due_on__isnull=False, reminded_at__isnull=True)
    moved, last = 0, 0
    while part := list(
        waiting.filter(pk__gt=last).order_by("pk").only("due_on", "due_time", "remind_at")[:CHUNK]
    ):
        last = part[-1].pk
        moved += _move(part)
    return moved


@transaction.atomic
def _move(tasks: list[Task]) -> int:
    changed = []
    for task in tasks:
        at = moments.remind_at(task.due_on, task.due_time)
        if at != task.remind_at:
            task.remind_at = at
            changed.append(task)
    Task.objects.bulk_update(changed, ["remind_at"])
    return len(changed)
