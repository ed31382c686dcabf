"""Birthdays: the oracle table of the reference, and what must hold for every birthday and every year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.calendars import (
    Birthday,
    Rules,
    between,
    birth_dates,
    birthday_of,
    festival,
    is_possible,
    leap_month,
    month_days,
    occurrences,
    on_day,
    solar_to_lunar,
    spring_festival,
)

USUAL, BOTH, REGULAR, MARCH = Rules(), Rules(leap="both"), Rules(leap="regular"), Rules(february="march")
lunar_birthdays = st.builds(Birthday, st.integers(1, 12), st.integers(1, 30), st.just(True), st.booleans())
lunar_years = st.integers(1950, 2050)
all_rules = st.builds(
    Rules, st.sampled_from(["leap", "regular", "both"]), st.sampled_from(["february", "march"])
)


def days(birthday: Birthday, year: int, rules: Rules = USUAL) -> list[str]:
    return [one.on.isoformat() for one in occurrences(birthday, year, rules)]


def dates_in(birthday: Birthday, year: int) -> list[date]:
    return [one.on for one in between(birthday, date(year, 1, 1), date(year, 12, 31))]


@pytest.mark.parametrize(
    ("born", "year", "expected"),
    [
        ("2004-03-21", 2022, ["2022-03-03"]),
        ("2004-03-21", 2023, ["2023-03-22"]),
        ("1995-09-25", 2025, ["2025-09-22"]),
        ("1984-11-23", 2025, ["2025-11-20"]),
    ],
)
def test_born_in_a_leap_month(born, year, expected):
    birthday = birthday_of(date.fromisoformat(born), lunar=True)
    assert birthday.leap
    assert days(birthday, year) == expected


def test_the_other_leap_month_rules():
    born = birthday_of(date(2004, 3, 21), lunar=True)
    assert days(born, 2023, REGULAR) == ["2023-02-20"]
    assert days(born, 2023, BOTH) == ["2023-02-20", "2023-03-22"]
    assert days(born, 2022, BOTH) == ["2022-03-03"]
    assert [one.second for one in occurrences(born, 2023, BOTH)] == [False, True]


def test_day_thirty_of_the_twelfth_month():
    eve = Birthday(12, 30, True)
    found = between(eve, date(2024, 1, 1), date(2030, 12, 31))
    assert [one.on.isoformat() for one in found] == [
        "2024-02-09",
        "2025-01-28",
        "2026-02-16",
        "2027-02-05",
        "2028-01-25",
        "2029-02-12",
        "2030-02-02",
    ]
    assert [one.period for one in found] == list(range(2023, 2030))


def test_short_twelfth_months():
    short = [year for year in range(1950, 2051) if month_days(year, 12) == 29]
    assert len(short) == 40
    assert {2024, 2025, 2026, 2027, 2028} <= set(short)


def test_a_lunar_birthday_twice_or_never_in_a_gregorian_year():
    laba, first = Birthday(12, 8, True), Birthday(12, 1, True)
    never = [year for year in range(1960, 2051) if not dates_in(laba, year)]
    assert never == [1966, 1974, 1993, 2004, 2023, 2042]
    assert all(len(dates_in(laba, year - 1)) == 2 for year in never)
    assert [year for year in range(2020, 2035) if len(dates_in(first, year)) == 2] == [2022, 2024, 2027, 2030]


def test_the_spring_festival_stays_in_its_range():
    found = {(day.month, day.day): day.year for day in map(spring_festival, range(1950, 2051))}
    assert (min(found), found[min(found)]) == ((1, 21), 1966)
    assert (max(found), found[max(found)]) == ((2, 20), 1985)


def test_the_29th_of_february():
    born = birthday_of(date(2000, 2, 29), lunar=False)
    assert days(born, 2026) == ["2026-02-28"]
    assert days(born, 2026, MARCH) == ["2026-03-01"]
    assert days(born, 2028) == days(born, 2028, MARCH) == ["2028-02-29"]


def test_impossible_days_are_known():
    assert not is_possible(Birthday(2, 30))
    assert is_possible(Birthday(2, 29))
    assert is_possible(Birthday(2, 30, True))
    assert not is_possible(Birthday(13, 1, True))


def test_moving_festivals_of_the_west():
    easter = {2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2038: (4, 25), 2008: (3, 23)}
    assert {year: (d.month, d.day) for year in easter for d in [festival("easter", year)]} == easter
    assert festival("thanksgiving", 2026) == date(2026, 11, 26)
    assert festival("mothers_day", 2026) == date(2026, 5, 10)
    assert festival("fathers_day", 2026) == date(2026, 6, 21)


@given(lunar_birthdays, lunar_years, st.sampled_from(["leap", "regular"]))
def test_every_lunar_year_has_exactly_one_celebration(birthday, year, leap):
    (found,) = occurrences(birthday, year, Rules(leap=leap))
    assert found.period == year
    assert spring_festival(year) <= found.on < spring_festival(year + 1)


@given(lunar_birthdays, lunar_years)
def test_both_means_twice_only_in_a_year_with_that_leap_month(birthday, year):
    twice = birthday.leap and leap_month(year) == birthday.month
    assert len(occurrences(birthday, year, BOTH)) == 1 + twice


@given(st.dates(date(1930, 1, 1), date(2030, 12, 31)), st.booleans())
def test_the_day_of_birth_is_a_birthday_itself(born, lunar):
    birthday = birthday_of(born, lunar=lunar)
    year = solar_to_lunar(born).year if lunar else born.year
    assert born in [one.on for one in occurrences(birthday, year)]
    assert born in birth_dates(birthday, 2030)


@given(lunar_birthdays | st.builds(lambda d: Birthday(d.month, d.day), st.dates()), lunar_years, all_rules)
def test_a_celebration_is_found_from_its_day_and_nowhere_else(birthday, year, rules):
    for found in occurrences(birthday, year, rules):
        assert (birthday, found) in on_day(found.on, rules)
        for shift in (-1, 1):
            other = found.on + timedelta(days=shift)
            expected = other in [
                one.on for y in (year - 1, year, year + 1) for one in occurrences(birthday, y, rules)
            ]
            assert (birthday in [b for b, _one in on_day(other, rules)]) == expected
