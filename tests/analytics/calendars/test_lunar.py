"""Lunar dates and festivals equal an astronomical table for all of 1950–2050."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.calendars import (
    FESTIVALS,
    InvalidLunarDate,
    LunarDay,
    festival,
    leap_month,
    lunar_anniversary,
    lunar_to_solar,
    month_days,
    solar_to_lunar,
    spring_festival,
)

LUNAR = ("春节", "元宵", "端午", "七夕", "中元", "中秋", "重阳", "腊八", "除夕")


@pytest.fixture(scope="module")
def oracle() -> dict[str, dict[str, object]]:
    import os

    folder = os.environ.get("ZHIKE_TEST_DATA")
    if not folder:
        pytest.skip("ZHIKE_TEST_DATA is not set")
    return json.loads((Path(folder) / "lunar_oracle_1950_2050.json").read_text(encoding="utf-8"))


def _of_oracle(row: dict[str, object], name: str) -> str:
    return str(next(value for key, value in row.items() if key.startswith(name)))


def test_all_909_festivals_equal_the_table(oracle: dict[str, dict[str, object]]) -> None:
    wrong = [
        (year, name)
        for year, row in oracle.items()
        for name in LUNAR
        if festival(name, int(year)).isoformat() != _of_oracle(row, name)
    ]
    assert len(oracle) * len(LUNAR) == 909
    assert wrong == []


def test_leap_months_and_month_lengths_equal_the_table(oracle: dict[str, dict[str, object]]) -> None:
    for year, row in oracle.items():
        assert leap_month(int(year)) == row["leap"]
        assert month_days(int(year), 12) == row["month12_days"]


@pytest.mark.parametrize(
    ("birth", "year", "expected"),
    [
        (LunarDay(2004, 2, 1, True), 2022, "2022-03-03"),
        (LunarDay(2004, 2, 1, True), 2023, "2023-03-22"),
        (LunarDay(1995, 8, 1, True), 2025, "2025-09-22"),
        (LunarDay(1984, 10, 1, True), 2025, "2025-11-20"),
        (LunarDay(1980, 12, 30), 2023, "2024-02-09"),
        (LunarDay(1980, 12, 30), 2024, "2025-01-28"),
        (LunarDay(1980, 12, 30), 2029, "2030-02-02"),
    ],
)
def test_lunar_birthdays_follow_the_rules_for_leap_months_and_day_30(
    birth: LunarDay, year: int, expected: str
) -> None:
    assert lunar_anniversary(birth, year).isoformat() == expected


def test_known_traps() -> None:
    assert festival("中秋", 1978) == date(1978, 9, 17)
    assert festival("mid_autumn", 2033) == date(2033, 9, 8)
    assert leap_month(2033) == 11
    assert spring_festival(2034) == date(2034, 2, 19)
    assert festival("清明", 2026) == date(2026, 4, 5)


@pytest.mark.parametrize(
    "wrong", [(2025, 12, 30, False), (2025, 5, 1, True), (2025, 13, 1, False), (2200, 1, 1, False)]
)
def test_a_day_that_does_not_exist_is_an_error(wrong: tuple[int, int, int, bool]) -> None:
    with pytest.raises(InvalidLunarDate):
        lunar_to_solar(*wrong)


def test_an_unknown_festival_is_a_key_error_and_mourning_days_are_marked() -> None:
    with pytest.raises(KeyError):
        festival("no such day", 2026)
    assert {one.name for one in FESTIVALS if not one.congratulate} == {"清明", "中元"}


@given(st.dates(min_value=date(1901, 2, 19), max_value=date(2100, 2, 8)))
def test_there_and_back_is_the_same_day(day: date) -> None:
    assert lunar_to_solar(*solar_to_lunar(day)) == day


@given(st.dates(min_value=date(1901, 2, 19), max_value=date(2100, 2, 7)))
def test_the_lunar_day_moves_by_one_or_starts_a_month(day: date) -> None:
    today, tomorrow = solar_to_lunar(day), solar_to_lunar(day + timedelta(days=1))
    assert tomorrow.day == today.day + 1 or (tomorrow.day == 1 and today.day in (29, 30))
