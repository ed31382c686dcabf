"""Repeating tasks: the days are those of the standard, and completing one makes the next once."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.calendars import is_working_day
from zhike.crm.tasks import repeats
from zhike.crm.tasks.repeats import Repeat
from zhike.platform.errors import DomainError
from zhike.platform.models import AuditEvent
from zhike.platform.templatetags.zhike_platform import field_value

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
SIMPLE = st.sampled_from([Repeat.DAILY, Repeat.WORKDAYS, Repeat.WEEKLY, Repeat.MONTHLY, Repeat.YEARLY])


def naive(choice: str, first: date, day: date) -> bool:
    """Is ``day`` in the series? By counting days, without any rule."""
    if day < first:
        return False
    last_of_month = calendar.monthrange(day.year, day.month)[1]
    return {
        Repeat.DAILY: True,
        Repeat.WORKDAYS: day.weekday() < 5,
        Repeat.WEEKLY: (day - first).days % 7 == 0,
        Repeat.MONTHLY: day.day == min(first.day, last_of_month),
        Repeat.YEARLY: day.month == first.month and day.day == min(first.day, last_of_month),
    }[choice]


@settings(deadline=None)
@given(SIMPLE, DAYS, st.integers(0, 1200))
def test_the_next_day_is_the_first_that_a_naive_count_finds(choice, first, gap):
    after = first + timedelta(days=gap)
    expected = next(
        day for number in range(1, 1500) if naive(choice, first, day := after + timedelta(days=number))
    )
    assert repeats.next_day(repeats.rule_of(choice, first), first, after) == expected


def test_working_days_follow_the_calendar_of_the_state_council():
    """National Day 2026: free from Thursday 1 to Wednesday 7 October; Sat 10 October is worked."""
    rule, first = repeats.rule_of(Repeat.WORKING, date(2026, 9, 28)), date(2026, 9, 28)
    found = repeats.days(rule, first, after=date(2026, 9, 29), until=date(2026, 10, 12))
    assert list(found) == [date(2026, 9, 30), *(date(2026, 10, day) for day in (8, 9, 10, 12))]
    assert repeats.choice_of(rule) == Repeat.WORKING
    assert repeats.checked(rule, first) == rule


@given(DAYS, st.integers(0, 400))
def test_the_next_working_day_is_worked_and_none_before_it_is(first, gap):
    after = first + timedelta(days=gap)
    day = repeats.next_day(repeats.WORKING_DAYS, first, after)
    assert is_working_day(day)
    between = (after + timedelta(days=n) for n in range(1, (day - after).days))
    assert not any(is_working_day(one) for one in between)


RULES = st.builds(
    lambda frequency, interval, rest: f"FREQ={frequency};INTERVAL={interval}{rest}",
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 9),
    st.sampled_from(["", ";COUNT=7", ";UNTIL=20310101", ";BYDAY=MO,FR", ";BYMONTHDAY=-1", ";BYMONTH=2,8"]),
)


@settings(deadline=None)
@given(RULES, DAYS, st.integers(0, 2000))
def test_any_rule_gives_the_days_that_dateutil_gives(rule, first, gap):
    after = first + timedelta(days=gap)
    oracle = rrulestr(rule, dtstart=datetime.combine(first, time()))
    moment = oracle.after(datetime.combine(after, time()), inc=False)
    expected = moment.date() if moment and moment.date() <= after + repeats.HORIZON else None
    assert repeats.next_day(repeats.checked(rule, first), first, after) == expected


@settings(deadline=None)
@given(SIMPLE, DAYS)
def test_the_form_knows_its_own_choices_again(choice, first):
    assert repeats.choice_of(repeats.rule_of(choice, first)) == choice


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY;BYDAY=1MO", "FREQ=WEEKLY;INTERVAL=2"])
def test_other_rules_are_kept_and_named_as_such(rule):
    assert repeats.checked(f"RRULE:{rule.lower()}", date(2026, 1, 1)) == rule
    assert repeats.choice_of(rule) == Repeat.OTHER


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=HOURLY",
        "DAILY",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;X=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=DAILY\nDTSTART:20200101",
        "FREQ=DAILY;" + "BYMONTH=1," * 50,
        "FREQ=DAILY;COUNT=3;UNTIL=20260101T000000Z",
    ],
)
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(DomainError):
        repeats.checked(rule, date(2026, 1, 1))


def test_a_rule_that_names_no_day_comes_to_its_end_quickly():
    rule = repeats.checked("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(2026, 1, 1))
    assert repeats.next_day(rule, date(2026, 1, 1), date(2026, 1, 1)) is None


def test_the_31st_is_the_last_day_of_shorter_months_and_comes_back():
    first = date(2026, 1, 31)
    rule = repeats.rule_of(Repeat.MONTHLY, first)
    found = list(repeats.days(rule, first, after=first, until=date(2026, 5, 31)))
    assert found == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Monday to Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "Every month"),
        ("FREQ=WEEKLY;INTERVAL=2", "Every 2 weeks"),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=3", "By another rule"),
    ],
)
def test_a_rule_is_said_in_words(rule, words):
    with translation.override("en"):
        assert repeats.in_words(rule) == words
        assert field_value(AuditEvent(target_type="tasks.task"), "repeat", rule) == words
