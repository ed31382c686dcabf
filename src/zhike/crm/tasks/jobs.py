"""What the worker does for tasks: reminders when they are due."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from zhike.crm.tasks import notices
from zhike.crm.tasks.models import Task
from zhike.platform.rounds import every

AT_ONCE = 200


@every(20, "tasks.remind")
def remind_due(now: datetime | None = None) -> int:
    """Remind of every open task whose hour has come; returns how many people were told something new.

    The notification has a key of its own, so a death between telling and noting tells nobody twice.
    """
    now = now or timezone.now()
    waiting = Task.objects.open().filter(remind_at__lte=now, reminded_at__isnull=True)
    told = 0
    for task in waiting.select_related("assignee").order_by("remind_at")[:AT_ONCE]:
        told += notices.remind(task)
        same = Task.objects.filter(pk=task.pk, remind_at=task.remind_at)
        same.update(reminded_at=now)
    return told
