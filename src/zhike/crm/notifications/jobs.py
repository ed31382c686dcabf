"""What the worker does for notifications: e-mails at once, the day's summary, forgetting what is old."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.notifications import outbox, services
from zhike.platform.daily import DayRun, daily
from zhike.platform.jobs import JobRun, enqueue, job
from zhike.platform.rounds import every

SEND, SEND_KEY = "notifications.send", "send"
DIGEST_HOUR, PRUNE_HOUR = 8, 3


@every(5, "notifications.send")
def look_for_mail() -> None:
    """Queue a job when an e-mail is due; talking to a mail server takes too long for the events process."""
    if outbox.work_is_waiting():
        enqueue(SEND, {}, key=SEND_KEY)


@job(SEND, _("Sending of e-mails"))
def send(run: JobRun) -> dict[str, Any]:
    outbox.gather_at_once()
    return dict(outbox.send_due())


@daily("notifications.digest", hour=DIGEST_HOUR, title=_("Daily summary by e-mail"))
def digest(run: DayRun) -> dict[str, Any]:
    """One summary per person, however many days were missed."""
    if not outbox.is_configured():
        return {"written": 0}
    written = outbox.gather_digests(run.day)
    return {"written": written, **outbox.send_due()}


@daily("notifications.prune", hour=PRUNE_HOUR, title=_("Old notifications"))
def prune(run: DayRun) -> dict[str, Any]:
    return {"gone": services.prune()}
