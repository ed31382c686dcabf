"""The calendar: a month, a week, or the days ahead as a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from zhike.crm.tasks.calendar import Entry, entries
from zhike.crm.tasks.day_marks import DayMark, mark
from zhike.platform import company_day
from zhike.platform.permissions import signed_in
from zhike.platform.requests import Request

VIEWS = (
    ("month", pgettext_lazy("calendar", "Month")),
    ("week", pgettext_lazy("calendar", "Week")),
    ("agenda", pgettext_lazy("calendar", "Agenda")),
)
WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)
AGENDA_DAYS = 30
# More entries of a day than these are a link to the day.
SHOWN = 4
FIRST, LAST = date(1950, 1, 1), date(2099, 12, 31)


@dataclass
class Day:
    """One day of a page."""

    mark: DayMark
    today: date
    month: int
    entries: list[Entry] = field(default_factory=list)

    @property
    def on(self) -> date:
        return self.mark.on

    @property
    def is_today(self) -> bool:
        return self.on == self.today

    @property
    def is_other_month(self) -> bool:
        return self.on.month != self.month

    @property
    def weekday(self) -> Any:
        return WEEKDAYS[self.on.weekday()]

    @property
    def shown(self) -> list[Entry]:
        return self.entries[:SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.entries) - SHOWN)


@signed_in
@require_GET
def calendar(request: Request, view: str = "") -> HttpResponse:
    """``/tasks/calendar/month?day=2026-11-22``."""
    view = view or request.GET.get("view", "") or "month"
    if view not in dict(VIEWS):
        raise Http404
    today = company_day.today()
    day = _asked(request.GET.get("day", ""), today)
    first, last = _span(view, day)
    days = _days(first, last, day, today, entries(request.user, first, last))
    context = {
        "view": view,
        "views": [(code, label, _address(code, day)) for code, label in VIEWS],
        "day": day,
        "today": today,
        "days": days,
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
        "weekdays": WEEKDAYS,
        "busy": [one for one in days if _is_worth_a_line(one, view)],
        "title": _title(view, day, first, last),
        "earlier_url": _address(view, _moved(view, day, -1)),
        "later_url": _address(view, _moved(view, day, 1)),
        "today_url": _address(view, today),
        "here": request.get_full_path(),
    }
    return render(request, "tasks/calendar.html", context)


def _asked(text: str, today: date) -> date:
    try:
        day = parse_date(text[:10]) or today
    except ValueError:
        day = today
    return min(max(day, FIRST), LAST)


def _span(view: str, day: date) -> tuple[date, date]:
    """First and last day of the page; a month is shown in whole weeks."""
    if view == "agenda":
        return day, day + timedelta(days=AGENDA_DAYS - 1)
    start = day if view == "week" else day.replace(day=1)
    monday = start - timedelta(days=start.weekday())
    if view == "week":
        return monday, monday + timedelta(days=6)
    end = _next_month(day) - timedelta(days=1)
    return monday, end + timedelta(days=6 - end.weekday())


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _moved(view: str, day: date, step: int) -> date:
    if view == "month":
        return _next_month(day) if step > 0 else (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    return day + step * timedelta(days=7 if view == "week" else AGENDA_DAYS)


def _days(first: date, last: date, day: date, today: date, found: Iterable[Entry]) -> list[Day]:
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in found:
        by_day[entry.on].append(entry)
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [Day(mark(one), today, day.month, by_day[one]) for one in every]


def _is_worth_a_line(one: Day, view: str) -> bool:
    """Days of a list: those with entries, holidays and today; of a month only its own days."""
    if view == "month" and one.is_other_month:
        return False
    return bool(one.entries) or one.is_today or bool(one.mark.festival)


def _title(view: str, day: date, first: date, last: date) -> str:
    if view == "month":
        return str(_("%(year)s-%(month)02d") % {"year": day.year, "month": day.month})
    return f"{first.isoformat()} – {last.isoformat()}"


def _address(view: str, day: date) -> str:
    return f"{reverse('tasks:calendar', args=[view])}?day={day.isoformat()}"
