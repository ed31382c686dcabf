"""Failures of backups and drills reach everybody who may back up."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.notifications import kinds
from zhike.crm.notifications.services import notify
from zhike.platform import alarms
from zhike.platform.permissions import allowed

FAILED, DIFFERENT = "backup.failed", "backup.drill_failed"


def listen() -> None:
    kinds.register(
        kinds.NotificationKind(
            FAILED,
            _("A backup could not be written"),
            _("The backup could not be written: %(reason)s"),
            icon="database-x",
            email_default=kinds.Email.AT_ONCE,
        )
    )
    kinds.register(
        kinds.NotificationKind(
            DIFFERENT,
            _("A backup did not stand the restore drill"),
            _("The restore drill failed: %(reason)s"),
            icon="database-x",
            email_default=kinds.Email.AT_ONCE,
        )
    )
    alarms.backup_failed.connect(_on_failure, dispatch_uid=FAILED)
    alarms.drill_failed.connect(_on_drill, dispatch_uid=DIFFERENT)


def _on_failure(job: Any, reason: str, **_rest: Any) -> None:
    _tell(FAILED, job, reason)


def _on_drill(job: Any, reason: str, **_rest: Any) -> None:
    _tell(DIFFERENT, job, reason)


def _tell(kind: str, job: Any, reason: str) -> None:
    """Once per job, however often it is tried again."""
    for user in User.objects.filter(is_active=True, role__isnull=False).select_related("role"):
        if allowed(user, "backup"):
            params, url = {"reason": reason[:300]}, reverse("platform:backups")
            notify(user=user, kind=kind, key=f"job {job.pk}", params=params, url=url, urgent=True)
