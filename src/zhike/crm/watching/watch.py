"""One round of watching: measure tiers and segments, fill the past, look for drift and tell of it.

Everything is written under its own key (group and day, version and measure), so that a round that was
killed is simply made again.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from zhike.analytics.engine import Session
from zhike.crm.insight import days, lake, places, snapshots
from zhike.crm.insight.models import Run, Version
from zhike.crm.prediction.jobs import SCORE
from zhike.crm.segments.choices import RunState, SegmentState
from zhike.crm.segments.models import Evaluation, Segment
from zhike.crm.watching import assigned, drift, measuring, notices, spans
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.codes import BESIDE, RANKS
from zhike.crm.watching.models import Metric
from zhike.platform.jobs import JobRun
from zhike.platform.models import Job

OPEN = (Job.State.QUEUED, Job.State.RUNNING)


def marks() -> dict[str, int]:
    """Up to where there is something to measure. Evaluations count once no more of them is under way."""
    runs = Run.objects.filter(finished_at__isnull=False)
    done = Job.objects.filter(state=Job.State.DONE)
    busy = Job.objects.filter(kind__startswith="segments.", state__in=OPEN).exists()
    evaluations = Evaluation.objects.filter(state=RunState.DONE)
    return {
        "run": _last(runs),
        "scoring": _last(done.filter(kind=SCORE)),
        "models": _last(done.filter(kind=BESIDE)),
        "evaluation": 0 if busy else _last(evaluations),
    }


def _last(rows: Any) -> int:
    return rows.aggregate(last=Max("pk"))["last"] or 0


def work(job: JobRun) -> dict[str, Any]:
    """Measure everything that is published; the result says how many rows were written."""
    written = {"tiers": 0, "models": 0, "segments": 0, "past": 0}
    if not snapshots.is_usable():
        return written
    with places.heavy_session() as session:
        lake.attach(session)
        job.progress(5, 100, _("Measuring tiers"))
        written["tiers"] = _tiers(session)
        written["models"] = _models(session)
        job.progress(30, 100, _("Measuring past months"))
        written["past"] = _past(session)
        job.progress(70, 100, _("Measuring segments"))
        written["segments"] = _segments(session)
    job.progress(90, 100, _("Looking for drift"))
    notices.tell(drift.watch())
    return written


def _tiers(session: Session) -> int:
    spans.load_tiers(session)
    as_of = drift.snapshot_day()
    measuring.load_predictions(session, known=True)
    return _write_tiers(session, as_of, current_number())


def _write_tiers(session: Session, day: date, version: int | None, *, past: bool = False) -> int:
    number = days.number(day)
    rows = measuring.figures(session, number)
    versions = {(row["kind"], row["ref"]): version for row in rows if version}
    population = measuring.buyers(session, number)
    return measuring.write(rows, day, population=population, versions=versions, reconstructed=past)


def _models(session: Session) -> int:
    """The tiers in the models beside the primary one, noted and measured today."""
    day = drift.snapshot_day()
    assigned.note(day)
    beside = {one.model_id: one.number for one in drift.versions_in_force() if not one.model.is_primary}
    if not beside:
        return 0
    spans.load_models(session, list(beside))
    rows = measuring.figures(session, days.number(day))
    numbers = {("model", row["ref"]): beside[row["ref"] // RANKS] for row in rows}
    population = measuring.buyers(session, days.number(day))
    return measuring.write(rows, day, population=population, versions=numbers)


def _past(session: Session) -> int:
    """Month ends of tiers that nobody has measured: before the first day, or while the machine was off."""
    as_of = drift.snapshot_day()
    ends = measuring.month_ends(as_of)
    known = set(Metric.objects.filter(kind=Kind.TIER, day__in=ends).values_list("day", flat=True))
    missing = [end for end in ends if end not in known]
    if missing:
        measuring.load_predictions(session, known=False)
    return sum(_write_tiers(session, end, current_number(), past=True) for end in missing)


def _segments(session: Session) -> int:
    """Every published segment at the day as of which it was evaluated last."""
    published = Segment.objects.filter(
        state=SegmentState.PUBLISHED, as_of__isnull=False, version__isnull=False
    ).values_list("pk", "as_of", "version__number")
    found = [(pk, as_of, number) for pk, as_of, number in published if as_of is not None]
    measuring.load_predictions(session, known=True)
    written = 0
    for day in sorted({as_of for _pk, as_of, _number in found}):
        numbers = {("segment", pk): number for pk, as_of, number in found if as_of == day}
        spans.load_segments(session, [pk for _kind, pk in numbers], days.number(day))
        rows = measuring.figures(session, days.number(day))
        rows += _empty(numbers, rows)
        population = int(session.rows("SELECT COUNT(*) AS n FROM customers")[0][0])
        written += measuring.write(rows, day, population=population, versions=numbers)
    return written


def _empty(numbers: dict[tuple[str, int], int], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A segment that never had a member has figures too: nobody."""
    found = {row["ref"] for row in rows}
    names = ("net_revenue", "costed", "margin", "churn_risk", "value_at_risk", "entered", "left", "watched")
    return [
        {"kind": kind, "ref": ref, "customers": 0, "kept": None, **dict.fromkeys(names)}
        for kind, ref in numbers
        if ref not in found
    ]


def current_number() -> int | None:
    """The number of the version whose ranks the snapshot holds."""
    pk = snapshots.reader().meta()["extra"].get("version_id")
    return Version.objects.filter(pk=pk).values_list("number", flat=True).first()
