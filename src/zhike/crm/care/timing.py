"""When to remind: so many days before the occasion, on a working day."""

from __future__ import annotations

from datetime import date, timedelta

from zhike.analytics.calendars import FESTIVALS, festival, previous_working_day, working_days_before
from zhike.crm.care.choices import Lead
from zhike.crm.care.models import CareRule

# The longest run of days off is shorter than this.
HOLIDAY = 12


def remind_on(rule: CareRule, on: date) -> date:
    """The working day of the reminder: the one before, when the day itself is off."""
    if rule.lead_in == Lead.WORKING_DAYS:
        return working_days_before(on, rule.lead)
    return previous_working_day(on - timedelta(days=rule.lead))


def reach(rule: CareRule) -> int:
    """An occasion farther away than so many days is not reminded of yet."""
    working = rule.lead_in == Lead.WORKING_DAYS
    return rule.lead * 2 + HOLIDAY if working else rule.lead + HOLIDAY


def festivals_between(code: str, first: date, last: date) -> list[tuple[date, int]]:
    """(day, year of its calendar) of a festival in a span of days."""
    years = range(first.year - 1, last.year + 1)
    found = [(festival(code, year), year) for year in years]
    return [(on, year) for on, year in found if first <= on <= last]


FESTIVAL_CODES = frozenset(one.code for one in FESTIVALS)
