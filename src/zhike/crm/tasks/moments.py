"""When a task is due and when its assignee is reminded, in the company's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.utils import timezone

from zhike.platform import company_day

# Tasks without a time are reminded of in the morning, before the day's summary is written.
MORNING = time(7, 0)


class Reminder(TypedDict):
    """The fields of a task that say when its assignee is reminded."""

    remind_at: datetime | None
    reminded_at: datetime | None


def due_at(due_on: date, due_time: time, zone: ZoneInfo | None = None) -> datetime:
    """The moment, in UTC. An hour that the clocks skip is the same distance after midnight as ever."""
    return datetime.combine(due_on, due_time, tzinfo=zone or company_day.zone()).astimezone(UTC)


def remind_at(due_on: date | None, due_time: time | None) -> datetime | None:
    return due_at(due_on, due_time or MORNING) if due_on else None


def reminder(due_on: date | None, due_time: time | None) -> Reminder:
    """When to remind; an hour that has passed when the task is written down needs no reminder any more."""
    at = remind_at(due_on, due_time)
    now = timezone.now()
    return {"remind_at": at, "reminded_at": now if at is not None and at <= now else None}
