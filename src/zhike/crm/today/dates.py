"""Reasons with a day of their own: tasks that are due, birthdays and festivals ahead."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhike.crm.care import queries as care
from zhike.crm.tasks.models import Task
from zhike.crm.today import ranking
from zhike.crm.today.ranking import Reason
from zhike.crm.today.standing import CAP, Found
from zhike.crm.today.viewer import NOBODY, Viewer
from zhike.platform.templatetags import zhike_format as say

OWN = 20


def _due(viewer: Viewer) -> QuerySet[Task]:
    rows = Task.objects.visible_to(viewer.user).open().filter(due_on__lte=viewer.today)
    return rows if viewer.person is None else rows.filter(assignee_id=viewer.person)


def tasks(viewer: Viewer) -> Found:
    """Due tasks about a customer: of the person, or of everybody about the customers meant."""
    rows = _due(viewer).filter(customer__isnull=False)
    if viewer.person is None:
        rows = rows.filter(viewer.owned("customer__"))
    for row in rows.order_by("-due_on", "-pk")[:CAP]:
        assert row.customer_id is not None
        assert row.due_on is not None
        late = ranking.days_between(row.due_on, viewer.today)
        parts = {"title": row.title, "late": say.days(late)}
        words = _("Task, %(late)s late: %(title)s") if late else _("Task for today: %(title)s")
        urgency = ranking.delayed(ranking.TASK, late)
        yield row.customer_id, Reason("task", f"task:{row.pk}:{row.due_on}", urgency, words % parts, row)


def other_tasks(viewer: Viewer) -> list[Task]:
    """The person's due tasks that are about no customer."""
    if viewer.person is None:
        return []
    return list(_due(viewer).filter(customer__isnull=True).order_by("due_on", "pk")[:OWN])


def occasions(viewer: Viewer) -> Found:
    """Birthdays, festivals and anniversaries within the next days."""
    if viewer.who == NOBODY:
        return
    last = viewer.today + timedelta(days=ranking.OCCASION_DAYS - 1)
    choice = care.Choice(owner=viewer.person)
    found = care.agenda(viewer.user, viewer.today, last, choice, limit=CAP, chosen_only=True)
    for one in found.items:
        if one.is_open:
            parts = {"label": one.label, "day": say.day(one.on), "person": one.person}
            words = _("%(label)s on %(day)s: %(person)s") % parts
            urgency = ranking.occasion(ranking.days_between(viewer.today, one.on))
            yield one.customer.pk, Reason("occasion", f"occasion:{one.key}", urgency, words, one)
