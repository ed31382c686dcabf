"""Calibration on bases that are large, small, uniform or empty."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from analytics.samples import AS_OF, Order, features_of, histories, order, scored, small_company
from zhike.analytics import AnalysisSettings, Calibration, calibrate
from zhike.analytics.guards import GUARDS
from zhike.analytics.tiers.model import BY_VALUE


def codes(calibration: Calibration) -> set[str]:
    return {guard.code for guard in calibration.guards}


@given(histories())
@settings(max_examples=40, deadline=None)
def test_any_base_can_be_calibrated_and_scored(orders: list[Order]) -> None:
    calibration, rows = scored(orders)
    for row in rows.values():
        assert 0 <= row["tier"] <= 4
        assert (row["tier"] == 0) == (row["frequency"] == 0)
        assert row["tier"] <= 1 or row["net_revenue"] > 0
    assert all(guard.words.zh and guard.words.en for guard in calibration.guards)


def test_an_empty_base_says_that_there_is_nothing_to_score() -> None:
    calibration, rows = scored([])
    assert codes(calibration) == {"no_customers"}
    assert rows == {}


def test_a_base_of_equals_has_one_tier_and_says_why() -> None:
    calibration, rows = scored([order(c, AS_OF - 5, 100) for c in range(1, 201)])
    assert {row["tier"] for row in rows.values()} == {1}
    assert {"dimension_constant", "tier_empty", "short_history", "no_repeat_customers"} <= codes(calibration)


def test_a_small_young_base_is_warned_about_in_words() -> None:
    calibration, _rows = scored([order(c, AS_OF - c, 100 * c) for c in range(1, 21)])
    assert {"few_customers", "short_history", "no_repeat_customers"} <= codes(calibration)
    words = [guard.words.zh for guard in calibration.guards]
    assert any("只有 20 位客户" in text for text in words)


def test_a_large_varied_base_needs_no_warning() -> None:
    chance = random.Random(3)
    days, money, mask = (lambda: chance.randint(0, 700)), (lambda: chance.randint(1, 10**9)), range(5)
    orders = [order(c, AS_OF - days(), money(), mask=1 << chance.choice(mask))
              for c in range(1, 201) for _place in range(5)]  # fmt: skip
    assert codes(scored(orders)[0]) == set()


@pytest.mark.parametrize("code", sorted(GUARDS))
def test_every_guard_speaks_both_languages(code: str) -> None:
    assert GUARDS[code].en
    assert any("\u4e00" <= sign <= "\u9fff" for sign in GUARDS[code].zh)


def test_tiers_by_share_keep_their_promise() -> None:
    _calibration, rows = scored(small_company())
    counts = Counter(row["tier"] for row in rows.values())
    assert counts[4] == 15
    assert counts[3] == 45
    assert 80 <= counts[2] <= 90


def test_tiers_by_value_begin_at_their_scores() -> None:
    base = AnalysisSettings()
    by_value = replace(base, tiers=replace(base.tiers, cut=BY_VALUE))
    calibration, rows = scored(small_company(), by_value)
    assert calibration.tier_cuts == (0.0, 50, 70, 85)
    for row in rows.values():
        assert row["tier"] == 1 + sum(row["tier_score"] >= cut for cut in (50, 70, 85))


def test_margin_as_basis_names_the_unknown_costs() -> None:
    base = AnalysisSettings()
    by_margin = replace(base, abc=replace(base.abc, basis="margin"))
    orders = [*small_company(), *[order(c, AS_OF - 9, 10**6) for c in range(301, 331)]]
    calibration, rows = scored(orders, by_margin)
    assert "margin_unknown" in codes(calibration)
    assert rows[301]["abc_class"] == ""
    assert {rows[c]["abc_class"] for c in range(1, 301)} == {"A", "B", "C"}


def test_the_customer_order_does_not_change_the_version() -> None:
    orders = small_company()
    versions = set()
    for seed in range(3):
        shuffled = list(orders)
        random.Random(seed).shuffle(shuffled)
        with features_of(shuffled) as session:
            versions.add(calibrate(session, "features").version)
    assert len(versions) == 1
