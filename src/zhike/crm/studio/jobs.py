"""Background work of the studio: large simulations, the models beside the primary one, reminders."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight.models import Run
from zhike.crm.studio import endings, reviews, secondary, simulation
from zhike.crm.studio.models import Draft
from zhike.platform.daily import DayRun, daily
from zhike.platform.jobs import JobRun, enqueue, job
from zhike.platform.models import Job
from zhike.platform.rounds import every

SIMULATE, EVALUATE = "studio.simulate", "studio.evaluate"
EVALUATE_KEY = "all"
SCORING = "prediction.score"


@job(SIMULATE, _("Simulation of a tier model"))
def simulate(run: JobRun) -> dict[str, Any]:
    """Simulate one draft; one that is gone or decided meanwhile needs none."""
    draft = Draft.objects.filter(pk=run.params["draft"]).first()
    if draft is None or not draft.is_open:
        return {"gone": True}
    person = run.record.requested_by
    with translation.override(person.language if person else translation.get_language()):
        run.progress(0, 1, draft.name)
        found = simulation.simulate(draft)
    Draft.objects.filter(pk=draft.pk).update(simulation=found)
    return {"customers": found["customers"], "moved": found["moved"]}


@job(EVALUATE, _("Tier models beside the primary one"))
def evaluate(run: JobRun) -> dict[str, Any]:
    return secondary.evaluate_all(run)


def ask_for_evaluation(requested_by: Any = None) -> Job | None:
    """Queue the evaluation of the models beside the primary one, where there are any."""
    if not secondary.beside().exists():
        return None
    return enqueue(EVALUATE, seen(), requested_by=requested_by, key=EVALUATE_KEY)


def is_at_work() -> bool:
    """Tiers beside the primary one are being written, or are about to be."""
    return Job.objects.open().filter(kind=EVALUATE).exists()


def seen() -> dict[str, int]:
    """The newest analysis, scoring and publication: what an evaluation that begins now takes in."""
    run = Run.objects.filter(finished_at__isnull=False).order_by("-id").values_list("pk", flat=True).first()
    done = Job.objects.filter(kind=SCORING, state=Job.State.DONE).order_by("-id")
    return {"run": run or 0, "scoring": done.values_list("pk", flat=True).first() or 0}


@every(10, "studio.evaluate")
def evaluate_when_due() -> Job | None:
    """An analysis or a scoring that no evaluation has followed yet, or a changed definition, asks for one."""
    if not secondary.beside().exists():
        return None
    now = seen()
    if not now["run"]:
        return None
    last = Job.objects.filter(kind=EVALUATE).order_by("-id").first()
    # What failed is not tried again before there is something new.
    if last is not None and last.params == now and not secondary.changed_since(last.created_at):
        return None
    return ask_for_evaluation()


@daily("studio.reviews", hour=7, title=_("Reviews of tier models"))
def remind(run: DayRun) -> dict[str, Any]:
    return {"told": reviews.remind(run.day)}


@daily("studio.overrides", hour=7, catch_up=1, title=_("Tiers set by hand that end soon"))
def tell_of_endings(run: DayRun) -> dict[str, Any]:
    return {"told": endings.tell(run.day)}
