"""The hold-out: stable, of the right size, balanced, and independent between purposes."""

from __future__ import annotations

import random
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.effect import bucket, held_out, is_held_out, ratio_check, seed_of

MANY = range(1, 50_001)


def test_the_bucket_is_the_published_formula():
    digest = sha256(b"abc:42").hexdigest()
    assert bucket("abc", 42) == int(digest, 16) % 10_000


@given(st.text(max_size=20), st.lists(st.integers(1, 10**12), max_size=30), st.floats(0, 0.99))
def test_neither_order_nor_company_changes_an_arm(seed, customers, share):
    together = held_out(seed, customers, share)
    shuffled = random.Random(1).sample(customers, len(customers))
    assert held_out(seed, shuffled, share) == together
    assert together == {one for one in customers if is_held_out(seed, one, share)}


def test_another_process_gives_the_same_arms():
    code = "from zhike.analytics.effect import held_out; print(sorted(held_out('s', range(500))))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(sorted(held_out("s", range(500))))


@given(st.floats(0, 0.5), st.floats(0, 0.49))
def test_a_larger_share_only_adds_to_the_held_out(share, more):
    customers = range(300)
    assert held_out("s", customers, share) <= held_out("s", customers, share + more)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.5])
def test_the_held_out_are_as_many_as_asked(share):
    left_out = len(held_out(seed_of("中秋关怀"), MANY, share))
    assert not ratio_check(len(MANY) - left_out, left_out, share).is_mismatch


def test_buckets_are_uniform_over_neighboring_numbers():
    from scipy.stats import chisquare, kstest

    found = np.array([bucket("uniform", one) for one in MANY])
    assert kstest(found / 10_000, "uniform").pvalue > 0.001
    assert chisquare(np.bincount(found // 100, minlength=100)).pvalue > 0.001


def test_arms_are_balanced_on_what_was_known_before():
    """Owner, size and value as they usually hang on the number: in blocks, by turns, growing."""

    from scipy.stats import chi2_contingency

    arm = np.array([is_held_out("balance", one, 0.5) for one in MANY])
    for trait in (np.arange(len(MANY)) // 5_000, np.arange(len(MANY)) % 7):
        table = [[np.sum((trait == value) & (arm == side)) for side in (True, False)] for value in set(trait)]
        assert chi2_contingency(table).pvalue > 0.001
    value = np.arange(len(MANY)) ** 1.5
    gap = value[arm].mean() - value[~arm].mean()
    assert abs(gap) < 4 * value.std() * (1 / arm.sum() + 1 / (~arm).sum()) ** 0.5


def test_two_purposes_are_independent():
    from scipy.stats import chi2_contingency

    purposes = [seed_of(f"purpose {number}") for number in range(12)]
    arms = [np.array([is_held_out(seed, one, 0.3) for one in MANY]) for seed in purposes]
    for left in range(len(arms)):
        for right in range(left):
            table = np.histogram2d(arms[left], arms[right], bins=2)[0]
            assert chi2_contingency(table).pvalue > 0.0001, (left, right)


def test_false_alarms_of_the_ratio_check_are_as_rare_as_promised():
    """2,000 purposes without any fault: the p-value is below 5 % in 5 ± 1 % of them."""
    low = 0
    for number in range(2_000):
        left_out = len(held_out(f"a/a {number}", range(2_000), 0.1))
        low += ratio_check(2_000 - left_out, left_out, 0.1).p_value < 0.05
    assert 0.04 <= low / 2_000 <= 0.06


def test_the_ratio_check_gives_the_known_figures():
    from scipy.stats import chisquare

    check = ratio_check(5_000, 4_700, 0.5)
    assert check.chi_squared == pytest.approx(9.278, abs=1e-3)
    assert check.p_value == pytest.approx(0.0023, abs=1e-4)
    oracle = chisquare([880, 120], [900, 100])
    mine = ratio_check(880, 120, 0.1)
    assert (mine.chi_squared, mine.p_value) == pytest.approx((oracle.statistic, oracle.pvalue))


@pytest.mark.parametrize(("treated", "left_out", "share"), [(0, 0, 0.1), (5, 0, 0.0)])
def test_the_ratio_check_is_silent_where_nothing_can_be_said(treated, left_out, share):
    assert not ratio_check(treated, left_out, share).is_mismatch


def test_how_a_purpose_is_typed_does_not_matter():
    assert seed_of(" 中秋 关怀 ") == seed_of("中秋　关怀") != seed_of("中秋关怀")
    assert seed_of("Spring Gift") == seed_of("spring  gift")


@pytest.mark.parametrize("share", [-0.1, 1, 1.5])
def test_a_share_outside_its_bounds_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        held_out("s", [1], share)
