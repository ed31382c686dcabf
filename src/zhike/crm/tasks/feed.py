"""The calendar as an ICS file (RFC 5545), for the calendar programs that people already use."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from zhike.crm.tasks.calendar import Entry, entries_ahead
from zhike.crm.tasks.moments import due_at
from zhike.platform import company_day
from zhike.platform.models import Installation

BACK, AHEAD = timedelta(days=7), timedelta(days=366)
LENGTH = timedelta(minutes=30)
# Programs ask about this often, whatever they were told before.
EVERY = timedelta(minutes=30)


def written(user: Any, today: date | None = None) -> tuple[bytes, str]:
    """The file with what the user sees now, and its ETag, which is the same while nothing has changed."""
    today = today or company_day.today()
    with translation.override(user.language):
        calendar = _head(user)
        for entry in entries_ahead(user, today - BACK, today, today + AHEAD):
            calendar.add_component(_event(entry))
    body = calendar.to_ical()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _head(user: Any) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Zhike//CRM//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    company = Installation.current().company_name or "Zhike"
    calendar.add("x-wr-calname", _("%(person)s at %(company)s") % {"person": user, "company": company})
    calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    return calendar


def _event(entry: Entry) -> Event:
    """Times travel in UTC, so that no description of a zone can be misread; days are days everywhere."""
    event = Event()
    event.add("uid", f"{entry.key}@zhike")
    event.add("dtstamp", datetime(entry.on.year, entry.on.month, entry.on.day, tzinfo=UTC))
    if entry.at is None:
        event.add("dtstart", entry.on)
        event.add("dtend", entry.on + timedelta(days=1))
    else:
        moment = due_at(entry.on, entry.at)
        event.add("dtstart", moment)
        event.add("dtend", moment + LENGTH)
    event.add("summary", f"✓ {entry.label}" if entry.done else entry.label)
    if entry.detail:
        event.add("description", entry.detail)
    event.add("transp", "TRANSPARENT" if entry.at is None or entry.done else "OPAQUE")
    event.add("class", "PRIVATE")
    if entry.url and settings.PUBLIC_ADDRESS:
        event.add("url", settings.PUBLIC_ADDRESS + entry.url)
    return event
