"""Reasons from what was said and promised: due steps, open complaints, customers nobody talked to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.crm.customers.models import Customer
from zhike.crm.followups import queries as followups
from zhike.crm.interactions.models import Interaction, InteractionKind
from zhike.crm.today import ranking
from zhike.crm.today.ranking import Reason
from zhike.crm.today.standing import CAP, Found
from zhike.crm.today.viewer import Viewer
from zhike.platform.permissions import allowed
from zhike.platform.templatetags import zhike_format as say


def due_steps(viewer: Viewer) -> QuerySet[Interaction]:
    rows = Interaction.objects.visible_to(viewer.user).filter(viewer.owned("customer__"))
    return rows.filter(next_step_on__isnull=False, next_step_on__lte=viewer.today, settled_at__isnull=True)


def promises(viewer: Viewer) -> Found:
    """Steps that were promised for today or earlier; of very many the latest."""
    rows = due_steps(viewer).order_by("-next_step_on", "-pk")
    for row in rows.only("customer_id", "next_step_on", "next_step", "outcome", "summary")[:CAP]:
        assert row.next_step_on is not None
        late = ranking.days_between(row.next_step_on, viewer.today)
        key, urgency = f"promise:{row.pk}:{row.next_step_on}", ranking.delayed(ranking.PROMISE, late)
        yield row.customer_id, Reason("promise", key, urgency, partial(_promise, row, late), row.pk)


def _promise(row: Interaction, late: int) -> str:
    parts = {"step": row.promise, "day": say.day(row.next_step_on), "late": say.days(late)}
    words = _("Promised for %(day)s (%(late)s late): %(step)s") if late else _("Due today: %(step)s")
    return words % parts


def complaints(viewer: Viewer) -> Found:
    """Complaints that nobody settled; of very many the latest."""
    rows = Interaction.objects.visible_to(viewer.user).filter(viewer.owned("customer__"))
    rows = rows.filter(kind=InteractionKind.COMPLAINT, settled_at__isnull=True).order_by("-at", "-pk")
    # A complaint with a day for its next step is a promise already.
    rows = rows.filter(next_step_on__isnull=True)
    for row in rows.only("customer_id", "at", "summary", "outcome")[:CAP]:
        day = timezone.localtime(row.at).date()
        urgency = ranking.delayed(ranking.COMPLAINT, ranking.days_between(day, viewer.today))
        words = partial(_complaint, row, day)
        yield row.customer_id, Reason("complaint", f"complaint:{row.pk}", urgency, words, row.pk)


def _complaint(row: Interaction, day: date) -> str:
    parts = {"day": say.day(day), "text": (row.summary or row.outcome)[:120]}
    return _("Open complaint of %(day)s: %(text)s") % parts


def silent_customers(viewer: Viewer) -> QuerySet[Customer]:
    """Key customers that nobody contacted within the rhythm of their tier."""
    key = Q(score__tier__gte=viewer.key_rank) | Q(score__abc_class="A")
    return viewer.customers().filter(key).filter(followups.condition("overdue", viewer.rhythm))


def silence(viewer: Viewer) -> Found:
    if not allowed(viewer.user, "insight.view"):
        return
    rows = silent_customers(viewer).order_by("-score__net_revenue", "score__customer_id")
    for pk, last, tier in rows.values_list("pk", "last_contact_at", "score__tier")[:CAP]:
        every = viewer.rhythm.policies[tier].every_days or 0
        since = ranking.days_between(timezone.localtime(last).date(), viewer.today) if last else None
        key = f"silent:{last.date() if last else 'never'}"
        yield pk, Reason("silent", key, ranking.silent(since, every), partial(_silence, viewer, tier, last))


def _silence(viewer: Viewer, tier: int, last: datetime | None) -> str:
    return viewer.rhythm.state(tier, last).reason


#: For so long a contact answers the reasons that ask for nothing but a contact.
REST = timedelta(days=7)
ANSWERED = frozenset({"rhythm", "fell_tier", "fell_stage", "alert"})


def rests(last: datetime | None, viewer: Viewer) -> bool:
    """Whether somebody talked to the customer within the last days."""
    return last is not None and timezone.localtime(last).date() > viewer.today - REST
