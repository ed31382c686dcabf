"""Repeating: rules of RFC 5545, and the simple ones that people choose from.

Working days are no rule of RFC 5545: the State Council moves them every year. They have a word of their own,
and a day of the series is what the working calendar says.

A series is its rule and the day it counts from. Completing an occurrence makes the next one: the first day of
the series after the occurrence and after today, so that a task left lying for a week does not come back five
times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrule, rrulestr
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhike.analytics.calendars import is_working_day
from zhike.platform.errors import DomainError

# How far ahead a rule is followed: one that names no day within it (30 February) has come to its end.
HORIZON = timedelta(days=366 * 30)
MAX_LENGTH = 200
WORKING_DAYS = "X-WORKING-DAYS"
MONTH, MONTH_DAY = r"([1-9]|1[0-2])", r"-?([1-9]|[12]\d|3[01])"
PARTS = {
    "FREQ": re.compile(r"DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"[1-9]\d{0,2}"),
    "COUNT": re.compile(r"[1-9]\d{0,3}"),
    "UNTIL": re.compile(r"\d{8}"),
    "BYDAY": re.compile(r"[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)(,[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)){0,13}"),
    "BYMONTHDAY": re.compile(rf"{MONTH_DAY}(,{MONTH_DAY}){{0,30}}"),
    "BYMONTH": re.compile(rf"{MONTH}(,{MONTH}){{0,11}}"),
    "BYSETPOS": re.compile(r"-?\d{1,3}"),
    "WKST": re.compile(r"MO|SU"),
}


class Repeat(models.TextChoices):
    """What the form offers; ``OTHER`` keeps a rule that came from elsewhere."""

    NEVER = "", _("Does not repeat")
    DAILY = "daily", _("Every day")
    WORKING = "working", _("Every working day (with make-up days)")
    WORKDAYS = "workdays", _("Monday to Friday")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")
    YEARLY = "yearly", _("Every year")
    OTHER = "other", _("By another rule")


_PLAIN: dict[str, str] = {
    Repeat.DAILY: "FREQ=DAILY",
    Repeat.WORKING: WORKING_DAYS,
    Repeat.WORKDAYS: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    Repeat.WEEKLY: "FREQ=WEEKLY",
}


_EVERY = {
    "DAILY": _("Every %(number)s days"),
    "WEEKLY": _("Every %(number)s weeks"),
    "MONTHLY": _("Every %(number)s months"),
    "YEARLY": _("Every %(number)s years"),
}


def rule_of(choice: str, first: date) -> str:
    """The rule for a choice of the form, counted from ``first``.

    A month without the 31st has its task on its last day; 29 February falls on the 28th in other years.
    """
    if choice == Repeat.MONTHLY:
        return "FREQ=MONTHLY" + _last_of_month(first)
    if choice == Repeat.YEARLY:
        leap_day = (first.month, first.day) == (2, 29)
        return "FREQ=YEARLY" + (";BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1" if leap_day else "")
    return _PLAIN.get(choice, "")


def _last_of_month(first: date) -> str:
    if first.day <= 28:
        return ""
    days = ",".join(str(day) for day in range(28, first.day + 1))
    return f";BYMONTHDAY={days};BYSETPOS=-1"


def choice_of(rule: str) -> str:
    """The form's choice that a rule came from."""
    if not rule:
        return Repeat.NEVER
    if rule == WORKING_DAYS:
        return Repeat.WORKING
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    frequency = parts.pop("FREQ", "")
    if frequency == "WEEKLY" and parts == {"BYDAY": "MO,TU,WE,TH,FR"}:
        return Repeat.WORKDAYS
    if frequency in ("DAILY", "WEEKLY") and not parts:
        return Repeat(frequency.lower())
    ours = parts.get("BYSETPOS") == "-1" and parts.get("BYMONTHDAY", "").startswith("28")
    if frequency in ("MONTHLY", "YEARLY") and (not parts or ours):
        return Repeat(frequency.lower())
    return Repeat.OTHER


def in_words(rule: str) -> str:
    """The rule as people say it; what the form does not offer, by how often it comes."""
    choice = choice_of(rule)
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    if choice != Repeat.OTHER or parts.get("FREQ") not in _EVERY or set(parts) - {"FREQ", "INTERVAL"}:
        return str(Repeat(choice).label)
    return str(_EVERY[parts["FREQ"]]) % {"number": parts.get("INTERVAL", "1")}


def checked(rule: str, first: date | None) -> str:
    """The rule in its normal form; a :class:`DomainError` when it is none, or names no day."""
    text = rule.strip().upper().removeprefix("RRULE:")
    if not text:
        return ""
    if first is None:
        raise DomainError(_("A repeating task needs a due date."), field="due_on", code="required")
    if text == WORKING_DAYS:
        return text
    if len(text) > MAX_LENGTH or not _is_known(text):
        raise _unknown()
    try:
        rule_at(text, first)
    except (ValueError, TypeError, KeyError) as error:
        raise _unknown() from error
    return text


def _is_known(text: str) -> bool:
    pairs = [part.partition("=")[::2] for part in text.split(";")]
    names = [name for name, _value in pairs]
    known = all(name in PARTS and PARTS[name].fullmatch(value) for name, value in pairs)
    return known and names.count("FREQ") == 1 and len(set(names)) == len(names)


def _unknown() -> DomainError:
    return DomainError(_("This rule of repetition is not understood."), field="repeat", code="unknown_rule")


def rule_at(rule: str, first: date) -> rrule:
    return rrulestr(rule, dtstart=datetime.combine(first, time()))


def next_day(rule: str, first: date, after: date) -> date | None:
    """The first day of the series after ``after``; None when the series has ended."""
    return next(days(rule, first, after=after), None)


def days(rule: str, first: date, *, after: date, until: date | None = None) -> Iterator[date]:
    """The days of the series after ``after`` up to and with ``until``, oldest first."""
    end = min(until, after + HORIZON) if until else after + HORIZON
    if rule == WORKING_DAYS:
        yield from _working_days(max(first, after + timedelta(days=1)), end)
        return
    for moment in rule_at(rule, first):
        if moment.date() > end:
            return
        if moment.date() > after:
            yield moment.date()


def _working_days(first: date, last: date) -> Iterator[date]:
    """Also the Saturdays and Sundays on which people make up for a long holiday; no free weekday."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if is_working_day(day):
            yield day
