"""Background work that survives a crash.

A job is a row (:class:`~zhike.platform.models.Job`). The queue delivers its number at least once; the worker
that claims the row by compare-and-set runs it in a subprocess of its own, and a job whose holder stopped
giving signs of life is delivered again. A job therefore works in chunks, each of which commits its
checkpoint in its own transaction, so that nothing is lost and nothing is done twice.
"""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.platform import apart, audit
from zhike.platform.errors import DomainError, Text
from zhike.platform.every_language import filled, in_every_language
from zhike.platform.models import Installation, Job

log = logging.getLogger("zhike.jobs")

LEASE = timedelta(seconds=20)
BEAT_SECONDS = 4.0
MAX_ATTEMPTS = 20
NICENESS = 10
DISK_FULL = _("The disk is full. Free some space and start the job again; nothing half-written is kept.")
UNEXPECTED = _("Something unexpected happened. The log of the server tells more under “job %(number)s”.")

Work = Callable[["JobRun"], dict[str, Any] | None]
#: Hears done, total and message of a job that a command runs in its own process.
Watcher = Callable[[int, int, Text], None]


class Cancelled(Exception):
    """The person who started the job asked it to stop."""


class LeaseLost(Exception):
    """Another worker took the job over; this one must not write any more."""


class JobKind:
    """A registered kind of job: its name, its title for people, its work."""

    def __init__(self, name: str, title: str | Promise, work: Work) -> None:
        self.name, self.title, self.work = name, title, work


KINDS: dict[str, JobKind] = {}


def job(name: str, title: str | Promise) -> Callable[[Work], Work]:
    """Register the work of jobs named ``name``. Modules ``jobs.py`` of the apps do this at start."""

    def register(work: Work) -> Work:
        KINDS[name] = JobKind(name, title, work)
        return work

    return register


class JobRun:
    """What a job's work sees: its parameters, its checkpoint, and how to report progress."""

    def __init__(self, record: Job, watcher: Watcher | None = None) -> None:
        self.record = record
        self.watcher = watcher
        self.params: dict[str, Any] = record.params
        self.checkpoint: dict[str, Any] = record.checkpoint
        self._reported = 0.0

    def save_checkpoint(self) -> None:
        """Store the checkpoint; call it inside the transaction of the chunk that it describes."""
        self._update(checkpoint=self.checkpoint)

    def progress(self, done: int, total: int = 0, message: Text = "") -> None:
        """Report progress (at most twice a second) and stop here if cancellation was asked for.

        A lazily translated message is read by everybody in his or her own language.
        """
        now = time.monotonic()
        if now - self._reported < 0.5 and done < total:
            return
        self._reported = now
        words = in_every_language(message)
        self._update(done=done, total=total, words=words, heartbeat_at=timezone.now())
        if self.watcher is not None:
            self.watcher(done, total, message)
        if Job.objects.filter(pk=self.record.pk, cancel_requested=True).exists():
            raise Cancelled

    def in_language(self) -> translation.override:
        """Write in the language of who asked, of the console that watches, else in the company's."""
        person = self.record.requested_by
        if person is not None:
            return translation.override(person.language)
        spoken = translation.get_language() if self.watcher else Installation.current().language
        return translation.override(spoken or settings.LANGUAGE_CODE)

    def _update(self, **fields: Any) -> None:
        mine = Job.objects.filter(pk=self.record.pk, lease=self.record.lease, state=Job.State.RUNNING)
        if not mine.update(**fields):
            raise LeaseLost


def enqueue(kind: str, params: dict[str, Any], *, requested_by: Any = None, key: str = "") -> Job:
    """Queue a job after the surrounding transaction commits.

    With a ``key`` at most one job of this kind and key waits or runs: the open one is returned.
    """
    KINDS[kind]
    actor = requested_by if getattr(requested_by, "pk", None) else None
    record, is_new = _open_or_new(kind, params, key, actor)
    if is_new:
        transaction.on_commit(lambda: deliver(record.pk))
    return record


def _open_or_new(kind: str, params: dict[str, Any], key: str, actor: Any = None) -> tuple[Job, bool]:
    """The open job of this kind and key, or a new one; whoever puts one down at the same moment is joined."""
    found = _open_job(kind, key)
    if found is not None:
        return found, False
    try:
        with transaction.atomic():
            return Job.objects.create(kind=kind, params=params, key=key, requested_by=actor), True
    except IntegrityError:
        found = _open_job(kind, key)
        if found is None:
            raise
        return found, False


def _open_job(kind: str, key: str) -> Job | None:
    return Job.objects.open().filter(kind=kind, key=key).first() if key else None


def deliver(job_id: int) -> None:
    """Hand a job's number to the queue."""
    from django_q.tasks import async_task

    async_task("zhike.platform.jobs.run_in_subprocess", job_id)


def run_in_subprocess(job_id: int) -> None:
    """Run one job in a niced process of its own, so that its memory and its crash stay its own."""
    if settings.Q_CLUSTER.get("sync"):
        run(job_id)
        return
    if apart.CAN_COPY:
        apart.in_copy(lambda: run(job_id), NICENESS)
        return
    command = [sys.executable, "-m", "zhike", "job", str(job_id)]
    subprocess.run(command, check=False, preexec_fn=_be_nice, stdin=subprocess.DEVNULL)


def _be_nice() -> None:
    os.nice(NICENESS)


def run_here(
    kind: str, params: dict[str, Any], *, key: str, progress: Callable[[Text], None] | None = None
) -> Job:
    """Do a job in this process, for commands; one that waits or was interrupted is joined instead."""
    record, _is_new = _open_or_new(kind, params, key)
    watcher = _hearing_words(progress) if progress else None
    while record.is_open:
        run(record.pk, watcher)
        record.refresh_from_db()
        if record.is_open:
            time.sleep(1)
    if record.state != Job.State.DONE:
        raise DomainError(record.error or record.get_state_display(), code="job_failed")
    return record


def _hearing_words(progress: Callable[[Text], None]) -> Watcher:
    return lambda _done, _total, message: progress(message)


def run(job_id: int, watcher: Watcher | None = None) -> None:
    """Claim the job and do its work; a job that somebody else holds is left alone."""
    record = _claim(job_id)
    if record is None:
        return
    stop = threading.Event()
    beat = threading.Thread(target=_keep_alive, args=(record, stop), daemon=True)
    # Inside a test's transaction another thread would wait for a lock that only this one can release.
    if not connection.in_atomic_block:
        beat.start()
    try:
        _work(record, watcher)
    finally:
        stop.set()
        if beat.is_alive():
            beat.join(timeout=BEAT_SECONDS)


def _claim(job_id: int) -> Job | None:
    now = timezone.now()
    stale = Q(state=Job.State.RUNNING, heartbeat_at__lt=now - LEASE)
    free = Job.objects.filter(Q(state=Job.State.QUEUED) | stale, pk=job_id)
    lease = uuid.uuid4().hex
    claimed = free.update(
        state=Job.State.RUNNING, lease=lease, heartbeat_at=now, started_at=now, attempts=F("attempts") + 1
    )
    return Job.objects.get(pk=job_id) if claimed else None


def _keep_alive(record: Job, stop: threading.Event) -> None:
    mine = Job.objects.filter(pk=record.pk, lease=record.lease, state=Job.State.RUNNING)
    while not stop.wait(BEAT_SECONDS):
        try:
            mine.update(heartbeat_at=timezone.now())
        except Exception:
            log.warning("job %s: heartbeat not written", record.pk, exc_info=True)
    connection.close()


def _work(record: Job, watcher: Watcher | None) -> None:
    try:
        if record.attempts > MAX_ATTEMPTS:
            raise DomainError(
                _("The job was interrupted too often. Start it again."), code="too_many_attempts"
            )
        result = KINDS[record.kind].work(JobRun(record, watcher)) or {}
    except Cancelled:
        _finish(record, Job.State.CANCELLED)
    except LeaseLost:
        log.warning("job %s: taken over by another worker", record.pk)
    except DomainError as error:
        _fail(record, error.message)
    except OSError as error:
        log.exception("job %s failed", record.pk)
        _fail(record, DISK_FULL if error.errno == errno.ENOSPC else str(error))
    except Exception:
        log.exception("job %s failed", record.pk)
        _fail(record, filled(UNEXPECTED, number=record.pk))
    else:
        _finish(record, Job.State.DONE, result=result)


def _fail(record: Job, error: Text) -> None:
    _finish(record, Job.State.FAILED, error_words=in_every_language(error))


def _finish(record: Job, state: str, **fields: Any) -> None:
    mine = Job.objects.filter(pk=record.pk, lease=record.lease, state=Job.State.RUNNING)
    mine.update(state=state, finished_at=timezone.now(), **fields)


def cancel(job_id: int, *, actor: Any) -> None:
    """Ask a job to stop at its next chunk; one that waits stops at once."""
    visible = Job.objects.visible_to(actor).filter(pk=job_id)
    visible.filter(state=Job.State.QUEUED).update(state=Job.State.CANCELLED, finished_at=timezone.now())
    visible.update(cancel_requested=True)
    audit.record(actor, "job.cancelled", visible.first())


def redeliver_lost() -> int:
    """Deliver again what nobody works on: stale leases, and jobs whose delivery was lost."""
    now = timezone.now()
    lost = Q(state=Job.State.RUNNING, heartbeat_at__lt=now - LEASE)
    forgotten = Q(state=Job.State.QUEUED, created_at__lt=now - timedelta(minutes=2)) & (
        Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=now - timedelta(minutes=2))
    )
    found = list(Job.objects.filter(lost | forgotten).values_list("pk", flat=True))
    for job_id in found:
        # The queued ones are marked so that they are not delivered again at every look.
        Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(heartbeat_at=now)
        deliver(job_id)
    return len(found)
