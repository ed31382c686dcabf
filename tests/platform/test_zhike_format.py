"""Numbers, money and days as people read them, in Chinese and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from zhike.platform.templatetags import zhike_format as f


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1234.5"), "¥1,234.50"),
        (0, "¥0.00"),
        (Decimal("-8911407.904"), "-¥8,911,407.90"),
        ("2.675", "¥2.68"),
        (Decimal("-0.001"), "¥0.00"),
        (None, "—"),
        ("", "—"),
        (float("nan"), "—"),
        ("not a number", "—"),
    ],
)
def test_money_has_its_sign_in_front_and_grouped_thousands(value: Any, text: str) -> None:
    assert f.money(value) == text


def test_money_without_decimals() -> None:
    assert f.money(1284.5, 0) == "¥1,285"


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (9_999, "¥9,999", "¥9,999"),
        (10_000, "¥1.0万", "¥10.0K"),
        (1_234_567, "¥123.5万", "¥1.2M"),
        (83_510_612, "¥8,351万", "¥83.5M"),
        (99_999_999, "¥1.0亿", "¥100.0M"),
        (123_456_789_000, "¥1,235亿", "¥123.5B"),
        (-1_234_567, "-¥123.5万", "-¥1.2M"),
    ],
)
def test_short_money_counts_in_the_units_of_the_language(value: int, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert f.money_short(value) == chinese
    with translation.override("en"):
        assert f.money_short(value) == english


def test_shares_and_changes() -> None:
    assert f.percent(0.7462) == "74.6%"
    assert f.trend(0.12) == "+12.0%"
    assert f.trend(-0.031) == "-3.1%"
    assert f.trend(0) == "0.0%"
    assert f.trend(-0.0001) == "0.0%"
    with translation.override("zh-hans"):
        assert f.points(-0.009) == "-0.9 个百分点"


def test_days_of_the_engine_and_of_the_store_read_alike() -> None:
    assert f.day(date(2026, 11, 21)) == f.day((date(2026, 11, 21) - date(1970, 1, 1)).days) == "2026-11-21"
    assert f.day(None) == "—"


def test_a_moment_shows_in_the_zone_of_the_company() -> None:
    assert f.moment(datetime(2026, 11, 20, 16, 30, tzinfo=UTC)) == "2026-11-21 00:30"
    assert f.day(datetime(2026, 11, 20, 16, 30, tzinfo=UTC)) == "2026-11-21"


def test_a_duration_knows_singular_and_plural() -> None:
    with translation.override("en"):
        assert (f.days(1), f.days(12), f.days(1234.4)) == ("1 day", "12 days", "1,234 days")
    with translation.override("zh-hans"):
        assert f.days(12) == "12 天"


def test_engine_units_become_an_exact_amount() -> None:
    assert f.from_units(89_114_079_040) == Decimal("8911407.9040")
    assert f.money(f.from_units(89_114_079_040)) == "¥8,911,407.90"
    assert f.from_units(None) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_grouping_loses_no_digit(value: Decimal) -> None:
    shown = f.number(value, 4).replace(",", "")
    assert Decimal(shown) == value


@given(st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.booleans()))
def test_no_value_makes_a_filter_fail(value: Any) -> None:
    for kind in f.FORMATS:
        if kind in ("day", "moment"):
            continue
        assert isinstance(f.figure(value, kind), str)
