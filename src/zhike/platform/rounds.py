"""Short looks that the events process takes every few seconds: is something due?

A look reads by an index and either does a handful of rows or queues a job; long work is a job.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from zhike.platform import daily

log = logging.getLogger("zhike.rounds")

Look = Callable[[], object]


@dataclass(frozen=True)
class Round:
    name: str
    seconds: float
    look: Look


ROUNDS: dict[str, Round] = {}


def every(seconds: float, name: str) -> Callable[[Look], Look]:
    """Register a look that is taken every ``seconds`` seconds."""

    def register(look: Look) -> Look:
        ROUNDS[name] = Round(name, seconds, look)
        return look

    return register


class Watch:
    """When each look was taken last; one per process."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    def turn(self) -> None:
        """Take the looks whose time has come; one that fails is logged and does not stop the others."""
        now = time.monotonic()
        for entry in ROUNDS.values():
            if now - self.last.get(entry.name, -entry.seconds) >= entry.seconds:
                self.last[entry.name] = now
                self._take(entry)

    def _take(self, entry: Round) -> None:
        try:
            entry.look()
        except Exception:
            log.exception("the look %s failed", entry.name)


@every(20, "platform.daily")
def ask_for_daily_work() -> None:
    daily.ask()
