"""Words about tasks for templates."""

from __future__ import annotations

from datetime import timedelta

from django import template

from zhike.crm.tasks.models import Task
from zhike.crm.tasks.tables import repeat_words
from zhike.platform import company_day

register = template.Library()


@register.filter
def due_state(task: Task) -> str:
    """overdue, today, soon or later; nothing for a task that is settled or has no date."""
    if task.due_on is None or not task.is_open:
        return ""
    today = company_day.today()
    if task.due_on < today:
        return "overdue"
    if task.due_on == today:
        return "today"
    return "soon" if task.due_on <= today + timedelta(days=2) else "later"


@register.filter
def repeats(task: Task) -> str:
    return repeat_words(task)
