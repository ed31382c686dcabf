"""Background work: measure the groups after each full run and after each evaluation of segments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight import snapshots
from zhike.crm.watching import watch
from zhike.crm.watching.codes import MEASURE
from zhike.platform.jobs import JobRun, enqueue, job
from zhike.platform.models import Job
from zhike.platform.rounds import every

KEY = "measure"
# After a failure.
PAUSE = timedelta(minutes=10)


@job(MEASURE, _("Figures of segments and tiers"))
def measure(run: JobRun) -> dict[str, Any]:
    return watch.work(run)


@every(10, "watching.measure")
def look() -> Job | None:
    """A full run, a scoring or an evaluation of segments that nothing has measured yet asks for it."""
    seen = watch.marks()
    if not any(seen.values()) or not snapshots.is_usable():
        return None
    jobs = Job.objects.filter(kind=MEASURE).order_by("-id")
    last = jobs.exclude(state=Job.State.FAILED).first()
    if last is not None and all(last.params.get(name, 0) >= mark for name, mark in seen.items()):
        return None
    if jobs.filter(state=Job.State.FAILED, finished_at__gt=timezone.now() - PAUSE).exists():
        return None
    return enqueue(MEASURE, seen, key=KEY)
