"""Backups by plan: every day or every week at an hour, the newest few kept, each tried out when wished."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.platform import audit, company_day
from zhike.platform.errors import DomainError
from zhike.platform.jobs import enqueue
from zhike.platform.models import BackupPlan, Job
from zhike.platform.permissions import require

BACKUP, DRILL = "platform.backup", "platform.restore_drill"
LIMITS = {"weekday": (0, 6), "hour": (0, 23), "keep": (1, 365)}
FIELDS = ("frequency", "weekday", "hour", "keep", "drill")


@transaction.atomic
def save_plan(
    *, actor: Any, frequency: str, weekday: int = 6, hour: int = 2, keep: int = 7, drill: bool = True
) -> BackupPlan:
    """Change the plan; a moment of today that has passed counts: the first backup comes at once."""
    require(actor, "backup")
    if frequency not in BackupPlan.Frequency.values:
        raise DomainError(_("This choice does not exist."), field="frequency", code="unknown")
    for name, value in (("weekday", weekday), ("hour", hour), ("keep", keep)):
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise DomainError(
                _("Between %(low)s and %(high)s.") % {"low": low, "high": high}, field=name, code="range"
            )
    plan = BackupPlan.current()
    before = _state(plan) if plan.pk else {}
    plan.frequency, plan.weekday, plan.hour, plan.keep, plan.drill = frequency, weekday, hour, keep, drill
    plan.save()
    audit.record(actor, "backup.planned", before=before, after=_state(plan))
    return plan


def _state(plan: BackupPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in FIELDS}


def latest_moment(plan: BackupPlan, now: datetime) -> datetime | None:
    """The last moment of the plan that is not after ``now``, in the company's zone."""
    if plan.frequency == BackupPlan.Frequency.OFF:
        return None
    local = now.astimezone(company_day.zone())
    moment = datetime.combine(local.date(), time(plan.hour), local.tzinfo)
    if plan.frequency == BackupPlan.Frequency.WEEKLY:
        moment -= timedelta(days=(local.weekday() - plan.weekday) % 7)
    if moment > local:
        moment -= timedelta(days=7 if plan.frequency == BackupPlan.Frequency.WEEKLY else 1)
    return moment


def next_moment(plan: BackupPlan, now: datetime) -> datetime | None:
    """When the plan will act next."""
    latest = latest_moment(plan, now)
    step = 7 if plan.frequency == BackupPlan.Frequency.WEEKLY else 1
    return latest + timedelta(days=step) if latest else None


def start_due(now: datetime | None = None) -> Job | None:
    """Queue the backup that is due, once per planned moment; after an outage only the latest counts."""
    plan = BackupPlan.current()
    moment = latest_moment(plan, now or timezone.now())
    if moment is None:
        return None
    key = f"planned {moment.date().isoformat()}"
    if Job.objects.filter(kind=BACKUP, key=key).exists():
        return None
    return enqueue(BACKUP, {"planned": True, "keep": plan.keep, "drill": plan.drill}, key=key)


def start_drill(*, actor: Any = None) -> Job:
    """Queue a restore drill of the newest backup."""
    if actor is not None:
        require(actor, "backup")
    return enqueue(DRILL, {}, requested_by=actor, key="drill")


def last_drill() -> Job | None:
    """The newest drill that has ended, whether it went well or not."""
    ended = [Job.State.DONE, Job.State.FAILED]
    return Job.objects.filter(kind=DRILL, state__in=ended).order_by("-pk").first()
