"""Second half of an import: from the staging file into the store, chunk by chunk.

Every chunk commits its rows, the new position and the counts in one transaction, so a crash at any point
resumes with exact counts. The size of a chunk follows the clock: a write lock of about an eighth of a second.
"""

from __future__ import annotations

import copy
import errno
import sqlite3
import time
from pathlib import Path
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.search import reindex
from zhike.crm.imports import mapping, reading
from zhike.crm.imports.ingest import stage
from zhike.crm.imports.models import Import, ImportChange, ImportState
from zhike.crm.imports.staging import StagedRow, Staging
from zhike.crm.imports.work import Work, empty_counts
from zhike.crm.imports.writers import writer_for
from zhike.platform import hooks
from zhike.platform.errors import DomainError
from zhike.platform.jobs import JobRun, LeaseLost

TARGET_SECONDS = 0.12
SMALLEST, LARGEST = 20, 2_000
ATTEMPTS = 3


class Pace:
    """How many groups the next chunk takes, from how long the last one held the lock."""

    def __init__(self, size: int = 100) -> None:
        self.size = size

    def measure(self, seconds: float) -> None:
        factor = min(2.0, max(0.25, TARGET_SECONDS / max(seconds, 0.001)))
        self.size = int(min(LARGEST, max(SMALLEST, self.size * factor)))


class Runner:
    """Carries one import through; started again after a crash it goes on where the last commit stands."""

    def __init__(self, run: Import, job: JobRun) -> None:
        self.run, self.job = run, job
        self.staged = staging_path(run)
        self.total = 0

    def work(self) -> None:
        if not self.staged.exists():
            self._stage()
        staging = Staging(self.staged)
        try:
            self.total = staging.meta["rows"]
            self._rehearse(staging) if self.run.dry_run else self._apply(staging)
        finally:
            staging.close()
        if not self.run.dry_run:
            self._index()

    def _stage(self) -> None:
        hooks.step("before staging")
        table = reading.open_file(reading.path_of(self.run.file), self.run.reading)
        writing = mapping.scan(table, self.run.mapping, self.run.entity)
        unanswered = mapping.unanswered(self.run.mapping, writing)
        if unanswered:
            raise DomainError(
                _("Say in which order “%(columns)s” writes day and month.")
                % {"columns": "、".join(unanswered)},
                field="date_orders",
                code="ambiguous_date",
            )
        fill_down = mapping.fills_down(self.run.mapping, self.run.options)
        plan = mapping.plan(table, self.run.mapping, self.run.entity, writing, fill_down=fill_down)
        stage(table, plan, self.staged, lambda done, _what: self.job.progress(done, 0, _("Reading the file")))
        hooks.step("staged")

    def _work(self, staging: Staging, counts: dict[str, Any]) -> Work:
        return Work(
            run=self.run,
            actor=self.run.created_by,
            headers=staging.meta["headers"],
            dry=self.run.dry_run,
            cancel_numbers=staging.meta.get("cancel_numbers", False),
            counts=counts,
        )

    def _rehearse(self, staging: Staging) -> None:
        """A trial run: the same decisions, with what would exist kept in memory; a crash starts it over."""
        self.run.issues.all().delete()
        work = self._work(staging, empty_counts())
        writer = writer_for(work)
        position = 0
        while position < staging.meta["groups"]:
            groups = staging.groups(position, 500)
            _take_all(writer, groups)
            work.flush_issues()
            position += 500
            self.job.progress(work.counts["rows"], self.total, _("Trying out"))
        self.run.counts = work.counts
        Import.objects.filter(pk=self.run.pk).update(counts=work.counts)

    def _apply(self, staging: Staging) -> None:
        position = int(self.run.checkpoint.get("position", 0))
        pace = Pace()
        while position < staging.meta["groups"]:
            groups = staging.groups(position, pace.size)
            position = self._chunk(staging, groups, position, position + pace.size, pace)
            hooks.step("after chunk")
            self.job.progress(self.run.counts["rows"], self.total, _("Writing"))

    def _chunk(self, staging: Staging, groups: list[list[StagedRow]], old: int, new: int, pace: Pace) -> int:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._commit(staging, groups, old, new, pace)
                return new
            except IntegrityError:
                # Somebody else created the same key meanwhile: look again and it is an update.
                if attempt == ATTEMPTS:
                    raise
        return new

    def _commit(
        self, staging: Staging, groups: list[list[StagedRow]], old: int, new: int, pace: Pace
    ) -> None:
        work = self._work(staging, copy.deepcopy(self.run.counts or empty_counts()))
        writer = writer_for(work)
        writer.prepare(groups)
        with transaction.atomic():
            started = time.monotonic()
            self._own(old)
            writer.load(groups)
            for group in groups:
                writer.take(group)
            writer.flush()
            hooks.step("in chunk")
            work.flush_issues()
            self._save(work, new)
            hooks.step("before commit")
        pace.measure(time.monotonic() - started)
        self.run.counts, self.run.checkpoint = work.counts, {"position": new}

    def _own(self, position: int) -> None:
        """Nobody else has moved this import on (a worker that was thought dead, perhaps)."""
        current = Import.objects.select_for_update().get(pk=self.run.pk)
        if current.checkpoint.get("position", 0) != position or current.state != ImportState.RUNNING:
            raise LeaseLost

    def _save(self, work: Work, position: int) -> None:
        checkpoint = {"position": position}
        Import.objects.filter(pk=self.run.pk).update(checkpoint=checkpoint, counts=work.counts)
        self.job.checkpoint = checkpoint
        self.job.save_checkpoint()

    def _index(self) -> None:
        """Enter the customers into the search index, many at a time."""
        changes = ImportChange.objects.filter(import_run=self.run, entity="customer").order_by("object_id")
        numbers = list(changes.values_list("object_id", flat=True))
        done = int(self.run.checkpoint.get("indexed", 0))
        while done < len(numbers):
            with transaction.atomic():
                reindex(numbers[done : done + 500])
                done += 500
                self.run.checkpoint = {**self.run.checkpoint, "indexed": done}
                Import.objects.filter(pk=self.run.pk).update(checkpoint=self.run.checkpoint)
                self.job.save_checkpoint()
            hooks.step("indexed")
            self.job.progress(min(done, len(numbers)), len(numbers), _("Preparing the search"))


def _take_all(writer: Any, groups: list[list[StagedRow]]) -> None:
    writer.prepare(groups)
    writer.load(groups)
    for group in groups:
        writer.take(group)
    writer.flush()


def staging_path(run: Import) -> Path:
    """A trial run and the real one read the file anew, so that a changed mapping never meets old rows."""
    kind = "trial" if run.dry_run else "real"
    return reading.folder() / "staging" / f"{run.pk}-{kind}.sqlite3"


def drop_staging(run: Import) -> None:
    for kind in ("trial", "real"):
        for path in (reading.folder() / "staging").glob(f"{run.pk}-{kind}.sqlite3*"):
            path.unlink(missing_ok=True)


def disk_is_full(error: BaseException) -> bool:
    """The store, the staging file or the file system has no room left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    full = isinstance(error, sqlite3.OperationalError | OperationalError)
    return full and ("is full" in str(error) or "No space left" in str(error))
