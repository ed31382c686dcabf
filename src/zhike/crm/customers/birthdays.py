"""A person's birthday: its rules, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.dates import format_skeleton
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, to_locale

from zhike.analytics.calendars import Birthday, InvalidLunarDate, birth_dates, is_possible, solar_to_lunar
from zhike.crm.customers import words
from zhike.crm.customers.choices import BirthdayCalendar
from zhike.crm.customers.persons import Celebrated
from zhike.platform import company_day
from zhike.platform.errors import DomainError
from zhike.platform.templatetags import zhike_format as say

FIELDS = ("birthday", "birthday_calendar", "birthday_month", "birthday_day", "birthday_leap")
MONTHS = ("正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "冬月", "腊月")
DIGITS = "一二三四五六七八九十"
# Any leap year: only it has every day.
SOME_YEAR = 2000


def check(values: Mapping[str, Any]) -> None:
    """The date of birth, or month and day of the person's own calendar where the year is not known."""
    born, month, day = (values.get(name) for name in ("birthday", "birthday_month", "birthday_day"))
    lunar, leap = values.get("birthday_calendar") == BirthdayCalendar.LUNAR, bool(values.get("birthday_leap"))
    if month is None and day is None:
        _check_born(born, lunar=lunar, leap=leap)
        return
    if born is not None:
        raise DomainError(
            gettext_lazy("Give the date of birth, or month and day alone."),
            field="birthday_month",
            code="twice",
        )
    if month is None or day is None:
        missing = "birthday_month" if month is None else "birthday_day"
        raise DomainError(gettext_lazy("Give both month and day."), field=missing, code="required")
    _check_day(Birthday(month, day, lunar, leap))


def _check_born(born: date | None, *, lunar: bool, leap: bool) -> None:
    if leap:
        raise DomainError(
            gettext_lazy("A leap month goes with month and day of the lunar calendar."),
            field="birthday_leap",
            code="not_date",
        )
    if born is not None and lunar and _moon(born) is None:
        raise DomainError(gettext_lazy("This is no birthday."), field="birthday", code="not_date")


def _check_day(one: Birthday) -> None:
    if not is_possible(one):
        raise DomainError(gettext_lazy("This month has no such day."), field="birthday_day", code="not_date")
    if one.leap and not one.lunar:
        raise DomainError(
            gettext_lazy("A leap month goes with month and day of the lunar calendar."),
            field="birthday_leap",
            code="not_date",
        )
    if one.leap and not birth_dates(one, company_day.today().year):
        raise DomainError(
            gettext_lazy("No year since 1901 had this leap month."), field="birthday_leap", code="not_date"
        )


def in_words(person: Celebrated) -> str:
    """1985-02-04, 1985-02-04 (lunar 腊月十五), 4 February or lunar 腊月十五; "" where it is not known."""
    lunar = person.keeps_lunar_birthday
    born = person.birthday
    if born is not None:
        moon = _moon(born) if lunar else None
        text = say.day(born)
        return _("%(born)s (lunar %(day)s)") % {"born": text, "day": lunar_day(moon)} if moon else text
    month, day = person.birthday_month, person.birthday_day
    if not month or not day or not is_possible(Birthday(month, day, lunar)):
        return ""
    if lunar:
        return _("lunar %(day)s") % {"day": lunar_day(Birthday(month, day, True, bool(person.birthday_leap)))}
    return str(format_skeleton("MMMMd", date(SOME_YEAR, month, day), locale=to_locale(words.language())))


def _moon(born: date) -> Birthday | None:
    try:
        found = solar_to_lunar(born)
    except InvalidLunarDate:
        return None
    return Birthday(found.month, found.day, True, found.leap)


def lunar_day(birthday: Birthday) -> str:
    """八月初五, 闰二月初一: the usual way to write a lunar day."""
    return f"{'闰' if birthday.leap else ''}{MONTHS[birthday.month - 1]}{_number(birthday.day)}"


def _number(day: int) -> str:
    if day <= 10:
        return f"初{DIGITS[day - 1]}"
    if day == 20:
        return "二十"
    if day == 30:
        return "三十"
    return f"{'十' if day < 20 else '廿'}{DIGITS[day % 10 - 1]}"
