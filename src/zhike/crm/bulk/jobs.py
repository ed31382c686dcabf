"""The jobs of bulk work: carry an act through, take one back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.accounts.models import User
from zhike.crm.bulk.models import BulkAct, BulkState, Result
from zhike.crm.bulk.runner import Runner
from zhike.crm.treatments import services as treatments
from zhike.platform import audit, hooks
from zhike.platform.errors import DomainError
from zhike.platform.jobs import Cancelled, JobRun, LeaseLost, job


@job("bulk.run", gettext_lazy("Bulk act"))
def run_act(run: JobRun) -> dict[str, Any]:
    """Do one act to all its customers."""
    return _guarded(run, Runner.work, BulkState.DONE)


@job("bulk.undo", gettext_lazy("Undo of a bulk act"))
def undo_act(run: JobRun) -> dict[str, Any]:
    """Take one act back."""
    return _guarded(run, Runner.undo, BulkState.UNDONE)


def _guarded(run: JobRun, work: Callable[[Runner], None], final: BulkState) -> dict[str, Any]:
    """Whatever happens, the act's page says how it ended."""
    act = BulkAct.objects.select_related("treatment").get(pk=run.params["act"])
    actor = User.objects.select_related("role", "team").get(pk=run.params["actor"])
    if act.state == final:
        return _told(act)
    with translation.override(actor.language):
        try:
            if not actor.is_active:
                raise DomainError(_("Who confirmed this no longer works here."), code="inactive")
            work(Runner(act, actor, run))
            _finish(act, actor, final)
        except Exception as error:
            _stop(act, error)
            raise
    return _told(act)


def _told(act: BulkAct) -> dict[str, Any]:
    counts = BulkAct.objects.values_list("counts", flat=True).get(pk=act.pk)
    return {"act": act.pk, **counts}


@transaction.atomic
def _finish(act: BulkAct, actor: Any, final: BulkState) -> None:
    """One event for the whole act, with its counts."""
    hooks.step("finish")
    undone = final == BulkState.UNDONE
    stamp = {"undone_at" if undone else "finished_at": timezone.now()}
    open_act = BulkAct.objects.filter(pk=act.pk).exclude(state=final)
    if not open_act.update(state=final, error="", **stamp):
        return
    act.refresh_from_db()
    counts = act.counts.get("undo", {}) if undone else {n: act.counts.get(n, 0) for n in Result.values}
    if act.treatment is not None:
        if undone:
            treatments.take_back(actor=actor, treatment=act.treatment)
        else:
            treatments.note_result(treatment=act.treatment, counts=counts)
    audit.record(actor, "bulk.undone" if undone else "bulk.done", act, after=counts)


def _stop(act: BulkAct, error: Exception) -> None:
    if isinstance(error, LeaseLost):
        return
    if isinstance(error, Cancelled):
        text = _("Stopped before the end. Go on, or undo what is done.")
    elif isinstance(error, DomainError):
        text = str(error)
    else:
        text = _("An unexpected error stopped the work. Go on, or undo what is done.")
    open_states = (BulkState.RUNNING, BulkState.UNDOING)
    BulkAct.objects.filter(pk=act.pk, state__in=open_states).update(
        state=BulkState.STOPPED, error=text[:500], finished_at=timezone.now()
    )
