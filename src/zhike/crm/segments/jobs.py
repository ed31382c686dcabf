"""Background work: everybody after each analysis and scoring, new versions, and changed customers soon."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy

from zhike.crm.insight.models import Run
from zhike.crm.segments import building, dirty, evaluation
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Segment
from zhike.platform.jobs import JobRun, enqueue, job
from zhike.platform.models import Job
from zhike.platform.rounds import every

EVALUATE = "segments.evaluate"
# One evaluation at a time.
KEY = "segments"


@job(EVALUATE, gettext_lazy("Evaluation of segments"))
def evaluate(run: JobRun) -> dict[str, Any]:
    """All segments, or those of the parameters and the ones that ask for them."""
    with run.in_language():
        return evaluation.work(run.params.get("segments"), run)


def ask_for(segment_ids: Collection[int], requested_by: Any = None) -> Job:
    """Queue the evaluation of these segments; behind one that runs the next look asks again."""
    return enqueue(EVALUATE, {"segments": sorted(segment_ids)}, requested_by=requested_by, key=KEY)


def ask_for_all(requested_by: Any = None) -> Job:
    """Queue the evaluation of all segments on the newest data."""
    return enqueue(EVALUATE, building.marks(), requested_by=requested_by, key=KEY)


@every(10, "segments.evaluate")
def evaluate_after_analysis() -> Job | None:
    """A finished analysis or scoring that no evaluation has followed yet asks for one."""
    marks = building.marks()
    last = Job.objects.filter(kind=EVALUATE, params__has_key="run").order_by("-id").first()
    if not marks["run"] or (last is not None and all(last.params[name] >= marks[name] for name in marks)):
        return None
    return ask_for_all()


@every(3, "segments.waiting")
def evaluate_waiting() -> Job | None:
    """Segments put in force that no evaluation has reached yet."""
    waiting = Segment.objects.filter(
        state=SegmentState.PUBLISHED, version__isnull=False, evaluated_at__isnull=True
    )
    ids = list(waiting.values_list("pk", flat=True))
    if not ids or not Run.objects.filter(finished_at__isnull=False).exists():
        return None
    return ask_for(ids)


@every(0.5, "segments.events")
def judge_changed() -> int:
    """Customers with something new, a moment after the analysis has seen it."""
    return dirty.look(_evaluate_flood)


def _evaluate_flood() -> bool:
    """Not behind an evaluation that runs: it may be past what has changed."""
    return ask_for_all().state == Job.State.QUEUED
