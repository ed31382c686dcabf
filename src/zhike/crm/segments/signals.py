"""Who wants to know that customers entered or left a segment.

Subscribers are called inside the transaction that writes the memberships: what they note is there exactly
when the change is. They must be quick; judging is done later, from their notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """A customer entered (or left) a segment at a moment."""

    segment_id: int
    customer_id: int
    entered: bool
    at: datetime


Subscriber = Callable[[Sequence[Moved]], None]
SUBSCRIBERS: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> Subscriber:
    """Called once when the rooms are set up."""
    if subscriber not in SUBSCRIBERS:
        SUBSCRIBERS.append(subscriber)
    return subscriber


def announce(moves: Iterable[Moved]) -> None:
    """Tell whoever listens; where nobody does, the moves are not even made."""
    told = list(moves) if SUBSCRIBERS else []
    for subscriber in SUBSCRIBERS if told else ():
        subscriber(told)
