"""Who wants to know of changed tiers and stages.

Subscribers are called inside the transaction that publishes the change: what they write is there exactly when
the change is. They must be quick and only note what happened; judging it is done later, from their notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Change:
    """The value of the history ``track`` (tier or lifecycle) on a day differs from the one before that day.

    ``before`` is None for a customer without a history. Several changes on one day are each compared with
    the value before the day; one that is taken back is not announced again.
    """

    customer_id: int
    track: str
    before: Any
    after: Any
    day: date
    version_before: int | None = None
    version_after: int | None = None


Subscriber = Callable[[Sequence[Change]], None]
SUBSCRIBERS: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> Subscriber:
    """Called once when the rooms are set up."""
    if subscriber not in SUBSCRIBERS:
        SUBSCRIBERS.append(subscriber)
    return subscriber


def announce(changes: Sequence[Change]) -> None:
    for subscriber in SUBSCRIBERS if changes else ():
        subscriber(changes)
