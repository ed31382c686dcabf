"""Reasons that other rooms keep: tasks that are due, occasions ahead, alerts."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhike.crm.alerts.choices import Situation
from zhike.crm.alerts.models import Alert
from zhike.crm.alerts.words import sentence
from zhike.crm.care import phrases
from zhike.crm.care.choices import State
from zhike.crm.care.models import Reminder
from zhike.crm.tasks.models import Task
from zhike.crm.today import ranking
from zhike.crm.today.ranking import Reason
from zhike.crm.today.standing import CAP, Found
from zhike.crm.today.viewer import Viewer
from zhike.platform.templatetags import zhike_format as say

OWN = 20
#: Falls, silence and complaints are reasons of their own.
UNTOLD = (Situation.NEW_KEY, Situation.LARGE_RETURN)


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
        key, urgency = f"task:{row.pk}:{row.due_on}", ranking.delayed(ranking.TASK, late)
        yield row.customer_id, Reason("task", key, urgency, partial(_task, row, late), row.pk)


def _task(row: Task, late: int) -> str:
    words = _("Task, %(late)s late: %(title)s") if late else _("Task for today: %(title)s")
    return words % {"title": row.title, "late": say.days(late)}


def other_tasks(viewer: Viewer) -> list[Task]:
    """The person's due tasks that are about no customer."""
    if viewer.person is None:
        return []
    return list(_due(viewer).filter(customer__isnull=True).order_by("due_on", "pk")[:OWN])


def alerts(viewer: Viewer) -> Found:
    """Open alerts of what no other reason tells."""
    rows = Alert.objects.visible_to(viewer.user).open().filter(viewer.owned("customer__"))
    for row in rows.filter(kind__in=UNTOLD).order_by("-pk")[:CAP]:
        yield row.customer_id, Reason("alert", f"alert:{row.pk}", ranking.ALERT, partial(_alert, row))


def _alert(row: Alert) -> str:
    return sentence({**row.params, "customer": _("The customer")})


def occasions(viewer: Viewer) -> Found:
    """Birthdays, festivals and anniversaries of the next days, as the rules of care remind of them."""
    last = viewer.today + timedelta(days=ranking.OCCASION_DAYS - 1)
    rows = Reminder.objects.visible_to(viewer.user).filter(viewer.owned("customer__"))
    rows = rows.filter(state=State.DUE, on__gte=viewer.today, on__lte=last).select_related("contact")
    for row in rows.order_by("on", "pk")[:CAP]:
        urgency = ranking.occasion(ranking.days_between(viewer.today, row.on))
        yield row.customer_id, Reason("occasion", f"occasion:{row.key}", urgency, partial(_occasion, row))


def _occasion(row: Reminder) -> str:
    parts = {"label": phrases.title(row.occasion, row.label), "day": say.day(row.on)}
    if row.contact is None:
        return _("%(label)s on %(day)s") % parts
    return _("%(label)s on %(day)s: %(person)s") % {**parts, "person": row.contact.name}
