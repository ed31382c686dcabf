"""Signs of life of long-running processes, read by ``/healthz``."""

from __future__ import annotations

import logging
import threading

from django.conf import settings
from django.db import connection
from django.utils import timezone

from zhike.platform.models import Heartbeat

EVERY_SECONDS = 5.0

log = logging.getLogger("zhike.heartbeats")


def beat(name: str) -> None:
    """This process lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def keep_beating(name: str, stop: threading.Event | None = None) -> threading.Thread:
    """Beat from a thread of its own until the process ends or ``stop`` is set."""
    thread = threading.Thread(target=_beats, args=(name, stop or threading.Event()), daemon=True)
    thread.start()
    return thread


def _beats(name: str, stop: threading.Event) -> None:
    while True:
        try:
            beat(name)
        except Exception:
            log.warning("sign of life of %s not written", name, exc_info=True)
            connection.close()
        if stop.wait(EVERY_SECONDS):
            connection.close()
            return


def on_worker_spawned(**_details: object) -> None:
    """A process of the job queue began (without a queue, jobs run where they are enqueued)."""
    if not settings.Q_CLUSTER.get("sync"):
        keep_beating("worker")
