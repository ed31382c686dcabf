"""Money: EMPC against an independent implementation, break-even, value at risk."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.churn import (
    DoubleCountError,
    break_even,
    empc,
    expected_profit,
    total_at_risk,
    value_at_risk,
    value_if_kept,
)


def scored(seed: int, size: int = 500, ties: int | None = None):
    random = np.random.default_rng(seed)
    churned = random.random(size) < random.uniform(0.05, 0.6)
    churned[:2] = True, False
    score = churned * random.uniform(0, 2) + random.normal(size=size)
    return churned, np.round(score * ties) / ties if ties else score


@pytest.mark.parametrize("seed", range(12))
def test_empc_equals_the_independent_implementation(seed):
    from empulse.metrics import empc_score

    churned, score = scored(seed, ties=(None, 3, 1)[seed % 3])
    for money in (
        {},
        {"clv": 80.0, "offer": 25.0, "contact": 4.0},
        {"clv": 900.0, "offer": 3.0, "alpha": 2.0, "beta": 9.0},
    ):
        theirs = {
            {"offer": "incentive_cost", "contact": "contact_cost"}.get(k, k): v for k, v in money.items()
        }
        expected = empc_score(churned.astype(int), score, **theirs)
        assert empc(churned, score, **money) == pytest.approx(expected, abs=1e-6)


def test_empc_equals_the_integral_by_brute_force():
    from scipy.stats import beta

    churned, score = scored(3, 200)
    prior = churned.mean()
    hits = (
        np.array([(churned & (score >= t)).sum() for t in np.append(np.inf, np.sort(score)[::-1])])
        / churned.sum()
    )
    misses = (
        np.array([(~churned & (score >= t)).sum() for t in np.append(np.inf, np.sort(score)[::-1])])
        / (~churned).sum()
    )
    g = (np.arange(20_000) + 0.5) / 20_000
    gain = 200 * (g * (1 - 0.05) - 0.005)[:, None] * prior * hits - 200 * 0.055 * (1 - prior) * misses
    assert empc(churned, score) == pytest.approx(
        float(np.mean(gain.max(axis=1) * beta(6, 14).pdf(g))), abs=1e-4
    )


def test_empc_of_a_perfect_and_of_an_empty_model_on_the_rate_of_telco():
    churned = np.arange(7_043) < 1_869
    assert empc(churned, churned.astype(float)) == pytest.approx(14.8607, abs=1e-4)
    # A score without any information gives the diagonal; random scores (6.919) bend it a little by luck.
    assert empc(churned, np.zeros(7_043)) == pytest.approx(6.9061, abs=1e-4)
    assert 6.9061 < empc(churned, np.random.default_rng(0).random(7_043)) < 7.0


def test_empc_refuses_one_class_and_offers_above_the_value():
    with pytest.raises(ValueError, match="stayed"):
        empc([1, 1], [0.2, 0.4])
    with pytest.raises(ValueError, match="cannot pay"):
        empc([1, 0], [0.2, 0.4], clv=10, offer=10)


money = st.floats(0.01, 1e6)
share = st.floats(0.01, 1)


@given(p=st.floats(0, 1), value=money, offer=money, contact=money, save=share, take=share)
def test_above_the_break_even_probability_and_only_there_approaching_pays(
    p, value, offer, contact, save, take
):
    edge = float(break_even(value, offer, contact, save, take))
    profit = float(expected_profit(p, value, offer, contact, save, take))
    if math.isnan(edge):
        assert profit <= 1e-9 * (value + offer + contact)
    elif abs(p - edge) > 1e-6:
        assert (profit > 0) == (p > edge)


def test_the_published_figures_of_expected_profit():
    # .4 * .3 * (200 - 20) - .6 * 20 - 1
    assert expected_profit(0.4, 200, 20, 1, 0.3) == pytest.approx(8.6)
    assert break_even(200, 20, 1, 0.3) == pytest.approx(21 / 74)


def test_the_value_if_kept_is_the_discounted_sum_of_margins():
    assert value_if_kept(10.0, 12) == pytest.approx(120)
    assert value_if_kept(10.0, 3, retention=0.9, discount=0.1) == pytest.approx(
        10 * sum((0.9 / 1.1) ** t for t in (1, 2, 3))
    )


def test_a_lifetime_value_is_never_multiplied_by_churn_again():
    import pandas as pd

    with pytest.raises(DoubleCountError):
        value_at_risk([0.5], pd.Series([100.0], name="clv"))
    with pytest.raises(DoubleCountError):
        value_at_risk([0.5], [100.0], contains_churn=True)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6)), min_size=1, max_size=50), st.integers(0, 3))
def test_the_total_at_risk_lies_in_its_interval_and_below_the_total_value(rows, seed):
    p, value = (np.array(column) for column in zip(*rows, strict=True))
    total, low, high = total_at_risk(p, value, seed=seed, draws=50)
    assert 0 <= total <= value.sum() * (1 + 1e-12)
    assert low <= high


def test_the_interval_of_the_total_covers_what_other_samples_give():
    random = np.random.default_rng(0)
    p, value = random.random((200, 400)), random.gamma(1, 100, (200, 400))
    truth = 400 * 50.0
    inside = [
        low <= truth <= high
        for _t, low, high in (total_at_risk(p[i], value[i], draws=200) for i in range(200))
    ]
    assert 0.83 <= np.mean(inside) <= 0.97


def test_what_is_unknown_stays_unknown():
    risk = value_at_risk([0.5, np.nan, 0.5], [10.0, 10.0, np.nan])
    assert risk[0] == 5
    assert np.isnan(risk[1:]).all()
    assert total_at_risk([0.5, np.nan], [10.0, 10.0])[0] == 5
