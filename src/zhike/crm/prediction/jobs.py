"""Background work: training every night and on demand, scoring after each analysis."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.insight.models import Run
from zhike.crm.prediction import rescoring, scoring, training
from zhike.crm.prediction.choices import Kind, VersionState
from zhike.crm.prediction.models import ModelVersion
from zhike.crm.prediction.registry import NAMES
from zhike.crm.prediction.sources import opened
from zhike.platform import company_day
from zhike.platform.daily import DayRun, daily
from zhike.platform.every_language import filled
from zhike.platform.jobs import JobRun, enqueue, job
from zhike.platform.models import Job
from zhike.platform.rounds import every

TRAIN, SCORE = "prediction.train", "prediction.score"
# One scoring, and one training of all models, at a time.
SCORE_KEY, NIGHT_KEY = "score", "night"


@job(TRAIN, _("Training of models"))
def train(run: JobRun) -> dict[str, Any]:
    """Train the models asked for; what is accepted is used by a scoring that follows."""
    with run.in_language(), opened() as sources:
        kept = {kind: _train_one(run, kind, place, sources) for place, kind in enumerate(_kinds(run))}
    accepted = [kind for kind, version in kept.items() if version.state == VersionState.ACTIVE]
    if accepted:
        ask_for_scoring()
    return {"versions": {kind: version.number for kind, version in kept.items()}, "accepted": accepted}


def _train_one(run: JobRun, kind: str, place: int, sources: Any) -> ModelVersion:
    noted = run.checkpoint.setdefault("versions", {})
    found = ModelVersion.objects.filter(pk=noted.get(kind, 0)).first()
    if found is not None:
        return found
    share = 100 * place // len(_kinds(run))
    run.progress(share, 100, filled(_("Training: %(model)s"), model=Kind(kind).label))

    def note(version: ModelVersion) -> None:
        noted[kind] = version.pk
        run.save_checkpoint()

    return training.train(kind, sources, actor=run.record.requested_by, noted=note)


def _kinds(run: JobRun) -> list[str]:
    return [kind for kind in run.params.get("kinds") or NAMES if kind in NAMES]


@job(SCORE, _("Predictions for all customers"))
def score(run: JobRun) -> dict[str, Any]:
    """Score every customer with the models in use and publish what changed."""
    with run.in_language():
        return scoring.work(run)


@daily("prediction.train", hour=2, catch_up=1, title=_("Training of models"))
def train_nightly(day: DayRun) -> dict[str, Any]:
    """What was trained on that day already, such as by the first scoring of all, needs no second training."""
    kinds = [kind for kind in NAMES if kind not in _trained_on(day.day)]
    return {"job": enqueue(TRAIN, {"kinds": kinds}, key=NIGHT_KEY).pk if kinds else None}


def _trained_on(day: date) -> set[str]:
    start = datetime.combine(day, time.min, company_day.zone())
    rows = ModelVersion.objects.filter(trained_at__gte=start, trained_at__lt=start + timedelta(days=1))
    return set(rows.values_list("kind", flat=True))


def ask_for_scoring() -> Job:
    """Queue the scoring of everybody; one that waits or works already is returned instead."""
    return enqueue(SCORE, {"run": last_run()}, key=SCORE_KEY)


@every(10, "prediction.score")
def score_after_analysis() -> Job | None:
    """A finished analysis that no scoring has followed yet asks for one."""
    run = last_run()
    last = Job.objects.filter(kind=SCORE).order_by("-id").first()
    if not run or (last is not None and last.params.get("run", 0) >= run):
        return None
    return ask_for_scoring()


def last_run() -> int:
    finished = Run.objects.filter(finished_at__isnull=False).order_by("-id")
    return finished.values_list("pk", flat=True).first() or 0


@every(2, "prediction.events")
def rescore_changed() -> int:
    """Customers with something new, a moment after the analysis has seen it."""
    return rescoring.look()
