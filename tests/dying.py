"""Work that dies on the way, as by kill -9, and is found by the next worker."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from zhike.platform import hooks, jobs
from zhike.platform.models import Job


class Killed(BaseException):
    """No handler of the product sees this."""


def let_the_lease_run_out(job_id: int) -> None:
    """What a dead worker claimed may be claimed by another one."""
    Job.objects.filter(pk=job_id).update(heartbeat_at=timezone.now() - timedelta(minutes=5))


def run_until(job_id: int, stop_at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Work on a job, dying at its n-th step; True when it came through."""
    steps = iter(range(10_000))

    def crash(name: str) -> None:
        if next(steps) == stop_at:
            raise Killed(name)

    with monkeypatch.context() as patch:
        patch.setattr(hooks, "crash", crash)
        try:
            jobs.run(job_id)
        except Killed:
            let_the_lease_run_out(job_id)
            return False
    return True


def dying_after(writes: int) -> AbstractContextManager[Any]:
    """Every statement that would write more than so often dies instead."""
    left = [writes]

    def step(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
        return execute(sql, *rest)

    return connection.execute_wrapper(step)
