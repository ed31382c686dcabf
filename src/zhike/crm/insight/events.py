"""The fast lane: from the change log to the changed customers' tiers, a fraction of a second later.

A handful of changed customers are evaluated at once; a flood (an import, a bulk edit) asks for a full run,
whose position in the change log says when the flood is dealt with.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from django.db import OperationalError, close_old_connections, transaction
from django.utils import timezone

from zhike.analytics.engine.warming import warm_up
from zhike.crm.insight import days, importing, jobs, lake, rescoring, snapshots, versions
from zhike.crm.insight.models import Run, Version
from zhike.platform import changes, heartbeats, rounds
from zhike.platform.jobs import enqueue, redeliver_lost
from zhike.platform.models import Installation, Job

log = logging.getLogger("zhike.events")

CONSUMER, FLOOD = "events", "flood"
POLL_SECONDS = 0.2
# More changed customers than this in one look are a flood; fewer while a file is being imported.
MANY, MANY_WHILE_IMPORTING = 300, 20
# A flood is answered when it has been quiet for a moment, or after a while even if it goes on.
QUIET_SECONDS, PATIENCE_SECONDS = 3.0, 60.0
# The full run waits for imports, but not for ever.
IMPORT_PATIENCE_SECONDS = 3600.0
NIGHT = clock(1, 0)


@dataclass
class Pump:
    """The loop's memory; everything that must survive a crash is in watermarks."""

    mark: int = 0
    flood_began: float | None = None
    flood_seen: float = 0.0
    held_since: float | None = None
    last: dict[str, float] = field(default_factory=dict)
    watch: rounds.Watch = field(default_factory=rounds.Watch)

    def look(self) -> int:
        """One look at the change log; returns the number of customers evaluated."""
        position = changes.safe_position()
        if position <= self.mark:
            return 0
        ids = changes.changed_customers(self.mark, position, besides=changes.ASIDE)
        if not ids:
            # Kept in memory: on PostgreSQL writing it down would itself move the position.
            self.mark = position
            return 0
        if self._is_flood(len(ids)):
            with transaction.atomic():
                changes.advance(FLOOD, position)
                changes.advance(CONSUMER, position)
            self.mark = position
            self._note_flood()
            return 0
        outcome = rescoring.rescore(ids, position)
        self.remember(position)
        return outcome.written

    def begin(self) -> None:
        """Continue where an earlier process stopped; what a finished run has seen needs no second look."""
        run = _finished_run()
        self.remember(max(changes.watermark(CONSUMER), run.seq if run else 0))
        rescoring.warm_up()

    def remember(self, position: int | None = None) -> None:
        """Write down how far the fast lane has come."""
        self.mark = position or self.mark
        changes.advance(CONSUMER, self.mark)

    def _is_flood(self, customers: int) -> bool:
        if versions.current() is None or customers > MANY:
            return True
        return customers > MANY_WHILE_IMPORTING and _importing()

    def _note_flood(self) -> None:
        self.flood_seen = time.monotonic()
        self.flood_began = self.flood_began or self.flood_seen

    def settle(self) -> bool:
        """Ask for the full run that is due, if any; returns whether one was asked for."""
        if self._flood_goes_on() or _run_is_open() or self._is_held() or due() is None:
            return False
        self.flood_began = None
        enqueue(jobs.RUN, {"gives_way": not self.held_since}, key=jobs.RUN_KEY)
        return True

    def _flood_goes_on(self) -> bool:
        if self.flood_began is None:
            return False
        now = time.monotonic()
        return now - self.flood_seen < QUIET_SECONDS and now - self.flood_began < PATIENCE_SECONDS

    def _is_held(self) -> bool:
        """A file that is being imported, or waits to be, is to be in first."""
        if not importing.is_at_work():
            self.held_since = None
            return False
        self.held_since = self.held_since or time.monotonic()
        return time.monotonic() - self.held_since < IMPORT_PATIENCE_SECONDS

    def every(self, name: str, seconds: float) -> bool:
        """True once per interval."""
        now = time.monotonic()
        if now - self.last.get(name, -seconds) < seconds:
            return False
        self.last[name] = now
        return True


def due() -> str | None:
    """Why a full run is due: a flood, no snapshot, a changed definition, a new day; None when it is not."""
    run, flood = _finished_run(), changes.watermark(FLOOD)
    if flood and (run is None or flood > run.seq):
        return "flood"
    if run is None:
        return None
    if not snapshots.is_usable():
        return "snapshot"
    version = versions.current()
    if versions.is_stale(version, versions.ensure_default_model()) or _is_of_another(run, version):
        return "definition"
    if _night_has_come() and run.as_of < days.analysis_day() and _is_older_than(run, timedelta(hours=1)):
        return "night"
    return None


def _is_of_another(run: Run, version: Version | None) -> bool:
    """An older version came back into force while the run was working."""
    return version is not None and run.version_id is not None and run.version_id != version.pk


def _finished_run() -> Run | None:
    return Run.objects.filter(finished_at__isnull=False).first()


def _night_has_come() -> bool:
    """After one o'clock in the company's zone: yesterday's late orders are in."""
    zone = ZoneInfo(Installation.current().time_zone)
    return datetime.now(zone).time() >= NIGHT


def _is_older_than(run: Run, age: timedelta) -> bool:
    return run.finished_at is not None and timezone.now() - run.finished_at > age


def _importing() -> bool:
    return Job.objects.filter(kind__startswith="import", state=Job.State.RUNNING).exists()


def _run_is_open() -> bool:
    return Job.objects.open().filter(kind=jobs.RUN).exists()


def turn(pump: Pump) -> None:
    """One turn of the loop."""
    if pump.every("beat", 5):
        heartbeats.beat("events")
    pump.look()
    if pump.every("settle", 2):
        pump.settle()
    if pump.every("redeliver", 5):
        redeliver_lost()
    pump.watch.turn()
    if pump.every("prune", 60):
        pump.remember()
        changes.prune([CONSUMER, lake.CONSUMER])


def run_forever(stop: threading.Event) -> None:
    """Serve the fast lane until ``stop`` is set; a store that is away for a while is waited for."""
    pump: Pump | None = None
    warm_up()
    while not stop.is_set():
        try:
            if pump is None:
                pump = Pump()
                pump.begin()
            turn(pump)
        except OperationalError:
            log.warning("the store does not answer; trying again", exc_info=True)
            close_old_connections()
            stop.wait(2)
        except Exception:
            log.exception("a turn of the fast lane failed")
            close_old_connections()
            stop.wait(2)
        stop.wait(POLL_SECONDS)
