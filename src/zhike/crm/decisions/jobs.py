"""Background work of the inbox: the nightly search for duplicates, and many decisions at once."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.decisions import alike, scanning
from zhike.platform.daily import DayRun, daily
from zhike.platform.jobs import JobRun, job
from zhike.platform.rounds import every

TITLE = _("Search for duplicates")


@every(3, "decisions.look")
def look() -> None:
    scanning.look()


@job(scanning.SCAN, TITLE)
def scan(run: JobRun) -> dict[str, Any]:
    return scanning.scan(lambda done, total: run.progress(done, total))


@daily("decisions.scan", hour=2, catch_up=1, title=TITLE)
def nightly(_run: DayRun) -> dict[str, Any]:
    return scanning.scan()


@job(alike.JOB, _("Decide many alike"))
def decide_alike(run: JobRun) -> dict[str, Any]:
    """Rows that were decided before a crash are no longer open, so the work goes on where it stood."""
    actor = User.objects.select_related("role", "team").get(pk=run.params["actor"])
    return alike.work(actor, run.params, lambda done, total: run.progress(done, total))
