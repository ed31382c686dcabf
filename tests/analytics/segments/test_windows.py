"""Windows by the calendar: both evaluators ask the same window, so it has to prove itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.problems import Checks
from zhike.analytics.segments.comparisons import EPOCH
from zhike.analytics.segments.windows import read_window

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def number(day: date) -> int:
    return (day - EPOCH).days


def window(**node):
    checks = Checks()
    found = read_window(node or None, "/window", checks)
    checks.finish()
    return found


@given(DAYS, st.integers(1, 120), st.sampled_from(["day", "week", "month", "year"]))
def test_the_last_units_begin_on_the_day_after_the_calendar_s(as_of, last, unit):
    first, end = window(last=last, unit=unit).days(number(as_of))
    assert first == number(as_of - relativedelta(**{f"{unit}s": last}) + timedelta(days=1))
    assert end == number(as_of)


@pytest.mark.parametrize(
    ("day", "counts"),
    [("2026-03-01", False), ("2026-03-02", True), ("2026-03-31", True), ("2026-04-01", False)],
)
def test_a_span_begins_with_its_first_day_and_ends_before_its_last(day, counts):
    span = window(**{"from": "2026-03-02", "to": "2026-04-01"})
    assert span.holds(number(date.fromisoformat(day)), number(date(2026, 12, 31))) is counts


def test_nothing_after_the_day_of_the_question_counts():
    as_of = number(date(2026, 3, 10))
    for one in (window(), window(last=3), window(**{"from": "2026-03-02", "to": "2026-04-01"})):
        assert one.holds(as_of, as_of)
        assert not one.holds(as_of + 1, as_of)
