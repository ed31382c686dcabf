"""The order of the page: how urgent times how valuable, every part of it open to the reader.

Pure arithmetic without a clock or a store: the same reasons on the same day give the same order.
The method is told in docs/concepts/today.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

#: Urgency of each reason at its start, and the most that it grows to.
PROMISE = (0.60, 0.90)
COMPLAINT = (0.50, 0.80)
TASK = (0.50, 0.80)
#: What each day of delay adds to a promise, a complaint or a task.
DELAY = 0.02
RHYTHM_MOST = 0.90
#: From how many usual gaps on a customer should have ordered.
RHYTHM_FROM = 1.2
# Silence is our own doing, no sign of the customer: less than any of those.
SILENT_MOST = 0.30
NEVER_CONTACTED = 0.25
FELL_TIER = 0.50
FELL_STAGE = 0.35
#: Within so many days a fall is news.
NEWS_DAYS = 30
OCCASION = 0.30
#: How many days ahead an occasion shows.
OCCASION_DAYS = 7
ALERT = 0.45
#: The weight of value: eight times the revenue counts double, within these bounds.
LIGHTEST, HEAVIEST = 0.2, 2.0


@dataclass(frozen=True)
class Reason:
    """Why a customer is on the page. ``key`` is the situation: another key is another situation.

    ``told`` puts it into words: thousands are ranked, a few are read. ``record`` is the number of the row.
    """

    code: str
    key: str
    urgency: float
    told: Callable[[], str]
    record: int | None = None

    @property
    def words(self) -> str:
        return self.told()


def delayed(bounds: tuple[float, float], days: int) -> float:
    """A promise, a complaint or a task: more with every day that it is late."""
    start, most = bounds
    return min(most, start + DELAY * max(days, 0))


def overdue_order(ratio: float) -> float:
    """Days since the last order over the usual gap: 0.45 at twice the gap, 0.6 at three times."""
    return RHYTHM_MOST * (1 - 1 / ratio) if ratio > 1 else 0.0


def silent(days: int | None, every: int) -> float:
    """Days since the last contact against the rhythm of the tier; None is never."""
    if days is None:
        return NEVER_CONTACTED
    return SILENT_MOST * (1 - every / (2 * days)) if days > every else 0.0


def fading(start: float, days: int, lasting: int = NEWS_DAYS) -> float:
    """News: at its start in full, gone after ``lasting`` days."""
    return start * max(0.0, 1 - max(days, 0) / lasting)


def occasion(days: int) -> float:
    """A birthday or festival: the nearer, the more."""
    return OCCASION * (1 - max(days, 0) / (2 * OCCASION_DAYS))


def combined(urgencies: Iterable[float]) -> float:
    """Several reasons together: 1 − Π(1 − u). Each adds to the others, none reaches 1."""
    return 1 - math.prod(1 - urgency for urgency in urgencies)


def weight_of(value: float, usual: float) -> float:
    """The cube root of the value against that of a usual key customer."""
    if usual <= 0:
        return 1.0
    return min(HEAVIEST, max(LIGHTEST, math.cbrt(max(value, 0.0) / usual)))


@dataclass(frozen=True)
class Rank:
    """The parts of one line's place. ``value`` and ``usual`` are money a year, in units."""

    reasons: tuple[Reason, ...]
    value: int
    usual: int

    @property
    def counted(self) -> tuple[Reason, ...]:
        """The most urgent reason of each kind: five open steps are no five times as urgent."""
        found: dict[str, Reason] = {}
        for reason in self.reasons:
            found.setdefault(reason.code, reason)
        return tuple(found.values())

    @cached_property
    def urgency(self) -> float:
        return combined(reason.urgency for reason in self.counted)

    @property
    def weight(self) -> float:
        return weight_of(self.value, self.usual)

    @cached_property
    def score(self) -> float:
        return round(100 * self.urgency * self.weight, 6)

    @property
    def at_stake(self) -> int:
        """The part of a year's value that the urgency stands for."""
        return round(self.value * self.urgency)


def rank(reasons: Sequence[Reason], value: int, usual: int) -> Rank:
    """Reasons in the order of their urgency; equal ones by name."""
    ordered = sorted(reasons, key=lambda reason: (-reason.urgency, reason.code, reason.key))
    return Rank(tuple(ordered), value, usual)


def in_order(ranks: dict[int, Rank]) -> list[int]:
    """Customers, the highest score first; equal scores by number, so that the order never wavers."""
    return sorted(ranks, key=lambda customer: (-ranks[customer].score, customer))


def days_between(earlier: date, later: date) -> int:
    return (later - earlier).days
