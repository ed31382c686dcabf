"""When people buy: the calendar of a Chinese trading year as an intensity per day, and a clock made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from zhike.analytics.calendars import is_working_day, spring_festival
from zhike.analytics.simulate.columns import Floats, Ints
from zhike.analytics.simulate.settings import Settings

COMPANY, PERSON = 0, 1
# Monday to Sunday.
WEEK = {
    COMPANY: (1.12, 1.15, 1.15, 1.12, 1.05, 0.55, 0.35),
    PERSON: (0.92, 0.92, 0.92, 0.95, 1.05, 1.15, 1.12),
}
HOLIDAY = {COMPANY: 0.30, PERSON: 0.85}
# Height of the sales festivals on their day; they build up over the days before.
DOUBLE_ELEVEN = {COMPANY: 2.2, PERSON: 5.0}
MID_YEAR = {COMPANY: 1.7, PERSON: 3.0}
RUN_UP_DAYS = 17
SPRING_DIP = {COMPANY: 0.08, PERSON: 0.30}
SPRING_STOCKING_UP = {COMPANY: 1.25, PERSON: 1.45}


@dataclass(frozen=True)
class Clock:
    """Operational time: an hour of a busy day is longer. Its mean speed is 1, so a year stays a year."""

    edges: Floats

    @property
    def end(self) -> float:
        return float(self.edges[-1])

    def at(self, day: Ints | Floats) -> Floats:
        """Operational time at the beginning of a day (fractions allowed)."""
        return np.interp(day, np.arange(len(self.edges)), self.edges)

    def day(self, time: Floats) -> Ints:
        found = np.searchsorted(self.edges, time, side="right") - 1
        return np.clip(found, 0, len(self.edges) - 2).astype(np.int64)


def clock(settings: Settings, kind: int) -> Clock:
    speed = np.array([intensity(day, kind) for day in _days(settings)])
    return Clock(np.concatenate([[0.0], np.cumsum(speed / speed.mean())]))


def intensity(day: date, kind: int) -> float:
    """How much is bought on this day, against an ordinary day."""
    level = WEEK[kind][day.weekday()]
    if not is_working_day(day) and day.weekday() < 5:
        level *= HOLIDAY[kind]
    elif is_working_day(day) and day.weekday() >= 5:
        level = WEEK[kind][2]
    level *= _sales_festival(day, date(day.year, 11, 11), DOUBLE_ELEVEN[kind])
    level *= _sales_festival(day, date(day.year, 6, 18), MID_YEAR[kind])
    return level * _spring(day, kind) * (1.15 if day.month == 12 else 1.0)


def _sales_festival(day: date, peak: date, height: float) -> float:
    left = (peak - day).days
    if left == 0:
        return height
    if 0 < left <= RUN_UP_DAYS:
        return 1.0 + (height - 1.0) * 0.6 * (1 - left / (RUN_UP_DAYS + 1))
    return 0.85 if -7 <= left < 0 else 1.0


def _spring(day: date, kind: int) -> float:
    """Stocking up before the spring festival, then the quiet weeks: the country is at home."""
    after = (day - spring_festival(day.year)).days
    if -30 <= after < -8:
        return SPRING_STOCKING_UP[kind]
    if -8 <= after < -3:
        return 0.7
    if -3 <= after < 9:
        return SPRING_DIP[kind]
    return 0.6 if 9 <= after < 16 else 1.0


def _days(settings: Settings) -> Iterator[date]:
    return (settings.start + timedelta(days=n) for n in range(settings.days))
