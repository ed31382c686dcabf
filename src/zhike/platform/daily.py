"""Work that is due once per business day, whatever happens to the machine.

An app registers it in its ``jobs.py``::

    @daily("care.remind", hour=7)
    def remind(run: DayRun) -> dict[str, Any] | None:
        for day in run.missed: ...

From ``hour`` o'clock of the company's zone the work runs once for the day. One row per (name, day) claims it;
a worker that was killed loses its claim when it gives no signs of life, and another one takes over. A day
that never came to its end, because the machine was off or the work failed, is handed to the next day's run in
``run.missed`` (oldest first, today last, at most ``catch_up`` days).

A kill may fall between the work and the note that it is done: then the work runs again for the same day. So
what it writes must carry a key of its own (``notify`` does).
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max, Min, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.platform import company_day
from zhike.platform.jobs import JobRun, enqueue, job
from zhike.platform.models import DailyRun

log = logging.getLogger("zhike.daily")

JOB, JOB_KEY = "platform.daily", "daily"
LEASE = timedelta(seconds=60)
BEAT_SECONDS = 10.0
MAX_ATTEMPTS = 6
# After a failure: 5, 10, 20 … minutes.
FIRST_PAUSE = timedelta(minutes=5)
CATCH_UP_DAYS = 31

Work = Callable[["DayRun"], dict[str, Any] | None]


@dataclass(frozen=True)
class DailyWork:
    """Registered work: from which hour of the company's day, and how many missed days it may be handed."""

    name: str
    hour: int
    work: Work
    catch_up: int
    title: str | Promise = ""


WORKS: dict[str, DailyWork] = {}


def daily(
    name: str, hour: int = 6, *, catch_up: int = CATCH_UP_DAYS, title: str | Promise = ""
) -> Callable[[Work], Work]:
    """Register work that runs once per business day from ``hour`` o'clock."""

    def register(work: Work) -> Work:
        WORKS[name] = DailyWork(name, hour, work, catch_up, title)
        return work

    return register


@dataclass(frozen=True)
class DayRun:
    """What the work sees: the day, and the days without a finished run (``day`` is the last of them)."""

    day: date
    missed: list[date]
    record: DailyRun


def due(now: datetime | None = None) -> list[DailyWork]:
    """Work whose hour has come and that no run of today has finished, holds or has given up."""
    now = now or timezone.now()
    local = now.astimezone(company_day.zone())
    waiting = [work for work in WORKS.values() if work.hour <= local.hour]
    if not waiting:
        return []
    rows = {row.name: row for row in DailyRun.objects.filter(day=local.date())}
    found = [work for work in waiting if work.name not in rows or _is_free(rows[work.name], now)]
    return sorted(found, key=lambda work: (work.hour, work.name))


def ask(now: datetime | None = None) -> bool:
    """Called by the events process: put a job in the queue when something is due."""
    if not due(now):
        return False
    enqueue(JOB, {}, key=JOB_KEY)
    return True


@job(JOB, _("Daily work"))
def work(run: JobRun) -> dict[str, Any]:
    return {"done": run_due(progress=lambda name: run.progress(0, 0, name))}


def run_due(now: datetime | None = None, *, progress: Callable[[str], None] | None = None) -> list[str]:
    """Run everything that is due; one work's failure does not keep the others from running."""
    done = []
    for entry in due(now):
        if progress is not None:
            progress(str(entry.title or entry.name))
        if run_one(entry, now):
            done.append(entry.name)
    return done


def run_one(entry: DailyWork, now: datetime | None = None) -> bool:
    """Claim the day's row, do the work, note the outcome; False when another holds it or it failed."""
    now = now or timezone.now()
    record = _claim(entry.name, now.astimezone(company_day.zone()).date(), now)
    if record is None:
        return False
    stop = threading.Event()
    beat = threading.Thread(target=_keep_alive, args=(record, stop), daemon=True)
    # Inside a test's transaction another thread would wait for a lock that only this one can release.
    if not connection.in_atomic_block:
        beat.start()
    try:
        return _work(entry, record)
    finally:
        stop.set()
        if beat.is_alive():
            beat.join(timeout=BEAT_SECONDS)


def _work(entry: DailyWork, record: DailyRun) -> bool:
    try:
        result = entry.work(DayRun(record.day, missed_days(entry, record.day), record)) or {}
    except Exception as error:
        log.exception("daily work %s of %s failed", entry.name, record.day)
        pause = FIRST_PAUSE * 2 ** (record.attempts - 1)
        text = f"{type(error).__name__}: {error}"[:500]
        _finish(record, DailyRun.State.FAILED, error=text, retry_at=timezone.now() + pause)
        return False
    return _finish(record, DailyRun.State.DONE, result=result, error="")


def missed_days(entry: DailyWork, day: date) -> list[date]:
    """The days since the last finished run up to and with ``day``, at most ``entry.catch_up`` of them."""
    rows = DailyRun.objects.filter(name=entry.name, day__lt=day)
    last = rows.filter(state=DailyRun.State.DONE).aggregate(day=Max("day"))["day"]
    first = rows.aggregate(day=Min("day"))["day"] or day
    start = last + timedelta(days=1) if last else first
    start = max(start, day - timedelta(days=entry.catch_up - 1))
    return [start + timedelta(days=number) for number in range((day - start).days + 1)]


def _is_free(row: DailyRun, now: datetime) -> bool:
    if row.attempts >= MAX_ATTEMPTS:
        return False
    if row.state == DailyRun.State.FAILED:
        return row.retry_at is None or row.retry_at <= now
    return row.state == DailyRun.State.RUNNING and row.heartbeat_at < now - LEASE


def _claim(name: str, day: date, now: datetime) -> DailyRun | None:
    alive = Q(state=DailyRun.State.RUNNING, heartbeat_at__gte=now - LEASE)
    # Yesterday's run that still works would be handed the same days.
    if DailyRun.objects.filter(alive, name=name).exists():
        return None
    lease = uuid.uuid4().hex
    fields: dict[str, Any] = {"state": DailyRun.State.RUNNING, "lease": lease, "heartbeat_at": now}
    try:
        with transaction.atomic():
            return DailyRun.objects.create(name=name, day=day, attempts=1, **fields)
    except IntegrityError:
        pass
    stale = Q(state=DailyRun.State.RUNNING, heartbeat_at__lt=now - LEASE)
    failed = Q(state=DailyRun.State.FAILED) & (Q(retry_at__isnull=True) | Q(retry_at__lte=now))
    free = DailyRun.objects.filter(stale | failed, name=name, day=day, attempts__lt=MAX_ATTEMPTS)
    claimed = free.update(attempts=F("attempts") + 1, **fields)
    return DailyRun.objects.get(name=name, day=day) if claimed else None


def _keep_alive(record: DailyRun, stop: threading.Event) -> None:
    mine = DailyRun.objects.filter(pk=record.pk, lease=record.lease, state=DailyRun.State.RUNNING)
    while not stop.wait(BEAT_SECONDS):
        try:
            mine.update(heartbeat_at=timezone.now())
        except Exception:
            log.warning("daily work %s: sign of life not written", record.name, exc_info=True)
    connection.close()


def _finish(record: DailyRun, state: str, **fields: Any) -> bool:
    mine = DailyRun.objects.filter(pk=record.pk, lease=record.lease, state=DailyRun.State.RUNNING)
    return bool(mine.update(state=state, finished_at=timezone.now(), **fields))
