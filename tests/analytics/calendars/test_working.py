"""Working days: make-up Saturdays, holidays, the company's own days, and years not yet published."""

from __future__ import annotations

from datetime import date

from zhike.analytics.calendars import (
    is_provisional,
    is_working_day,
    next_working_day,
    previous_working_day,
    working_days_before,
)


def test_a_make_up_saturday_is_worked_and_a_holiday_is_not() -> None:
    assert is_working_day(date(2025, 2, 8))
    assert not is_working_day(date(2025, 10, 1))
    assert not is_working_day(date(2025, 11, 22))


def test_the_companys_own_calendar_wins() -> None:
    day = date(2025, 10, 1)
    assert is_working_day(day, overrides={day: True})


def test_a_year_not_yet_published_is_provisional_and_knows_the_statutory_days() -> None:
    assert not is_provisional(2025)
    assert is_provisional(2060)
    assert not is_working_day(date(2060, 2, 2))  # first day of the lunar year
    assert not is_working_day(date(2060, 2, 1))  # its eve
    assert not is_working_day(date(2060, 10, 1))
    assert is_working_day(date(2060, 3, 3))


def test_the_next_working_day_skips_the_golden_week() -> None:
    assert next_working_day(date(2025, 10, 1)) == date(2025, 10, 9)
    assert next_working_day(date(2025, 11, 20)) == date(2025, 11, 20)


def test_before_a_festival_means_the_working_day_before():
    # National Day 2025: 1–8 October off, Sunday 28 September worked.
    assert previous_working_day(date(2025, 10, 3)) == date(2025, 9, 30)
    assert working_days_before(date(2025, 10, 6), 0) == date(2025, 9, 30)
    assert working_days_before(date(2025, 10, 6), 3) == date(2025, 9, 28)
    assert working_days_before(date(2025, 11, 21), 5) == date(2025, 11, 14)
