"""Carrying an act through: draw the hold-out, then act chunk by chunk; and taking it back the same way.

Every chunk commits its rows, their results and images, the counts and the job's checkpoint together, so that
a crash at any point repeats nothing. The customers were written down when the act was confirmed; whether the
person may still change them is asked again in the chunk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhike.crm.bulk.acts import ACTS
from zhike.crm.bulk.models import BulkAct, BulkState, BulkTarget, Result, Undone
from zhike.crm.bulk.pace import LARGEST, Pace
from zhike.crm.customers.bulk import Image, Outcome
from zhike.crm.treatments import services as treatments
from zhike.crm.treatments.models import Treatment
from zhike.platform import hooks, rows
from zhike.platform.jobs import JobRun, LeaseLost

CHUNK = LARGEST


class Runner:
    """One act at work; started again after a crash it goes on where the last commit stands."""

    def __init__(self, act: BulkAct, actor: Any, job: JobRun) -> None:
        self.act, self.actor, self.job = act, actor, job
        self.kind = ACTS[act.kind]
        self.pace = Pace(CHUNK)

    def work(self) -> None:
        if self.act.treatment is not None:
            self._draw(self.act.treatment)
        while self._paced(self._chunk):
            hooks.step("after chunk")
            done = sum(self.act.counts.get(name, 0) for name in Result.values)
            self.job.progress(done, self.act.total, _("Changing"))

    def _paced(self, chunk: Callable[[], bool]) -> bool:
        started = time.monotonic()
        more = chunk()
        self.pace.measure(time.monotonic() - started)
        return more

    def _draw(self, treatment: Treatment) -> None:
        """Write down every arm before anything is done to anybody."""
        while self._paced(lambda: self._draw_chunk(treatment)):
            hooks.step("after draw")
            self.job.progress(0, self.act.total, _("Drawing the hold-out"))

    def _draw_chunk(self, treatment: Treatment) -> bool:
        """Draw for the next customers; False when everybody has an arm."""
        with transaction.atomic():
            self._own(BulkState.RUNNING)
            after = self.act.memory.get("drawn", 0)
            targets = self.act.targets.filter(customer_id__gt=after).order_by("customer_id")
            ids = list(targets.values_list("customer_id", flat=True)[: self.pace.size])
            if not ids:
                return False
            self._draw_for(treatment, ids)
            self.act.memory["drawn"] = ids[-1]
            hooks.step("in draw")
            self._save()
        return True

    def _draw_for(self, treatment: Treatment, ids: list[int]) -> None:
        permitted = self.kind.permitted(self.actor).filter(pk__in=ids)
        permitted = permitted.exclude(
            pk__in=permitted.filter(self.kind.excluded(self.act.params)).values("pk")
        )
        settled = permitted.filter(self.kind.same(self.act.params))
        arms = treatments.add_members(
            treatment=treatment,
            customers=permitted.order_by().values_list("pk", flat=True),
            settled=set(settled.order_by().values_list("pk", flat=True)),
        )
        left_out = [pk for pk, held_out in arms.items() if held_out]
        self.act.targets.filter(customer_id__in=left_out).update(result=Result.HELD_OUT)
        self._count(Result.HELD_OUT, len(left_out))

    def _chunk(self) -> bool:
        """Act on the next customers; False when there are none."""
        with transaction.atomic():
            self._own(BulkState.RUNNING)
            waiting = self.act.targets.filter(result="").order_by("customer_id")
            found = waiting.values_list("customer_id", "pk")[: self.pace.size]
            numbers: dict[int, int] = dict(found)
            if not numbers:
                return False
            outcome = self.kind.apply(actor=self.actor, act=self.act, customers=list(numbers))
            hooks.step("in chunk")
            self._write(numbers, outcome)
            self._save()
            hooks.step("before commit")
        return True

    def _write(self, numbers: dict[int, int], outcome: Outcome) -> None:
        changed = {
            numbers[customer]: {"result": str(Result.CHANGED), "before": before, "after": after}
            for customer, (before, after) in outcome.changed.items()
        }
        rows.update(BulkTarget, changed)
        self._count(Result.CHANGED, len(changed))
        named = outcome.same | outcome.excluded | set(outcome.changed)
        for result, customers in (
            (Result.SAME, outcome.same),
            (Result.EXCLUDED, outcome.excluded),
            (Result.DENIED, set(numbers) - named),
        ):
            self.act.targets.filter(customer_id__in=customers).update(result=result)
            self._count(result, len(customers))

    def undo(self) -> None:
        """Set back what nobody changed since, the latest owner's rights aside: it is one's own act."""
        total = self.act.counts.get(Result.CHANGED, 0)
        while self._paced(self._undo_chunk):
            hooks.step("after undo")
            undone = self.act.counts.get("undo", {})
            self.job.progress(sum(undone.values()), total, _("Undoing"))
        with transaction.atomic():
            self.kind.finish_undo(act=self.act)

    def _undo_chunk(self) -> bool:
        with transaction.atomic():
            self._own(BulkState.UNDOING)
            changed = self.act.targets.filter(result=Result.CHANGED, undone="").order_by("customer_id")
            images = _images(changed[: self.pace.size])
            if not images:
                return False
            kept = self.kind.undo(actor=self.actor, act=self.act, images=images)
            restored = set(images) - kept
            for undone, customers in ((Undone.KEPT, kept), (Undone.RESTORED, restored)):
                self.act.targets.filter(customer_id__in=customers).update(undone=undone)
                counts = self.act.counts.setdefault("undo", {})
                counts[undone] = counts.get(undone, 0) + len(customers)
            hooks.step("in undo")
            self._save()
        return True

    def _count(self, result: str, more: int) -> None:
        self.act.counts[result] = self.act.counts.get(result, 0) + more

    def _save(self) -> None:
        """The counts, and the checkpoint by which a worker that lost its lease is stopped."""
        BulkAct.objects.filter(pk=self.act.pk).update(counts=self.act.counts, memory=self.act.memory)
        self.job.checkpoint = {"counts": self.act.counts}
        self.job.save_checkpoint()

    def _own(self, state: str) -> None:
        """Nobody else has moved this act on meanwhile."""
        current = BulkAct.objects.select_for_update().get(pk=self.act.pk)
        if current.state != state or current.job_id != self.job.record.pk:
            raise LeaseLost
        self.act.counts, self.act.memory = current.counts, current.memory


def _images(targets: Iterable[BulkTarget]) -> dict[int, Image]:
    return {one.customer_id: (one.before or {}, one.after or {}) for one in targets}
