"""Occasions in words: what it is, how it is reckoned, what a task about it is called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.analytics.calendars import solar_to_lunar
from zhike.crm.care.choices import BIRTHDAY, OCCASIONS
from zhike.crm.care.models import Reminder
from zhike.crm.care.planner import Found
from zhike.crm.customers.birthdays import lunar_day


def title(occasion: str, label: str = "") -> str:
    return label or (str(OCCASIONS[occasion].label) if occasion in OCCASIONS else occasion)


def reason(found: Found) -> str:
    """Why it comes up: the age, the lunar day, how many years."""
    parts = []
    if found.birthday is not None and found.birthday.lunar:
        parts.append(_("lunar %(day)s") % {"day": lunar_day(found.birthday)})
    if found.years and found.occasion == BIRTHDAY:
        parts.append(_("turns %(years)s") % {"years": _age(found)})
    elif found.years:
        parts.append(ngettext("%(years)s year", "%(years)s years", found.years) % {"years": found.years})
    return " · ".join(parts)


def _age(found: Found) -> int:
    """By the calendar of the birthday: a lunar year may begin before the Gregorian one is full."""
    born: Any = found.person.birthday
    year = int(found.period.rstrip("L"))
    if found.birthday is not None and found.birthday.lunar:
        return year - solar_to_lunar(born).year
    return year - born.year


def task_title(row: Reminder) -> str:
    values = {
        "occasion": title(row.occasion, row.label),
        "person": row.contact.name if row.contact else row.customer.name,
    }
    return _("%(occasion)s: %(person)s") % values
