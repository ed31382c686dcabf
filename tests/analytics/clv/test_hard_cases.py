"""What breaks other libraries: boundaries, overflow, units, dtypes, tiny samples."""

from datetime import date

import mpmath
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.clv import (
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    DataError,
    GammaGamma,
    ModifiedBetaGeoNBD,
    NotFitted,
    ParetoNBD,
    RFMTable,
)
from zhike.analytics.clv.death_integral import death_integral
from zhike.analytics.clv.groups import group

MODELS = [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD]
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def online_retail(data_dir):
    rows = pyarrow.csv.read_csv(data_dir / "online_retail" / "online_retail.csv.gz")
    bought = pc.and_(pc.is_valid(rows["CustomerID"]), pc.greater(rows["Quantity"], 0))
    amount = pc.multiply(rows["Quantity"].cast(pa.float64()), rows["UnitPrice"])
    events = pa.table({"customer_id": rows["CustomerID"], "date": rows["InvoiceDate"], "amount": amount})
    return RFMTable.from_events(events.filter(bought), amount="amount")


def test_a_maximum_on_the_boundary_is_an_answer_with_a_warning(online_retail):
    split = online_retail.split(date(2011, 8, 31))
    assert (len(split.purchases), split.purchases.sum()) == (3317, 4806)
    model = BetaGeoNBD().fit(split.calibration)
    assert model.loglik_ == pytest.approx(-35474.0146, abs=0.001)
    assert model.params_["r"] == pytest.approx(0.72264, abs=1e-4)
    assert model.params_["alpha"] == pytest.approx(65.972, abs=0.01)
    assert model.boundary_["a"] == "zero"
    assert np.isnan(model.se_["a"])
    assert any("a runs to zero" in warning for warning in model.warnings_)
    assert ParetoNBD().fit(split.calibration).loglik_ == pytest.approx(model.loglik_, abs=0.001)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "rows",
    [
        {"x": [0], "t_x": [0], "T": [30]},
        {"x": [3], "t_x": [20], "T": [30]},
        {"x": [0] * 50, "t_x": [0] * 50, "T": list(range(1, 51))},
        {"x": [1, 2, 3] * 20, "t_x": [5, 9, 30] * 20, "T": [30] * 60},
        {"x": [0, 1, 0], "t_x": [0, 1, 0], "T": [0, 1, 0]},
        {"x": [100_000, 3, 0], "t_x": [99_999, 40_000, 0], "T": [100_000, 90_000, 50]},
    ],
    ids=["one customer", "one repeat customer", "no repeat", "equal ages", "just born", "huge"],
)
def test_hard_samples_give_finite_numbers(model, rows):
    fitted = model().fit(rows)
    for found in (
        np.array([*fitted.params_.values(), fitted.loglik_]),
        fitted.predict(rows, 365.0), fitted.predict_alive(rows), fitted.predict_alive(rows, at=90.0),
        fitted.predict_proba_active(rows, 90.0),
    ):  # fmt: skip
        assert np.all(np.isfinite(found))
    assert np.all(fitted.predict(rows, 365.0) >= 0)
    chance = fitted.predict_proba_active(rows, 90.0)
    assert np.all((chance >= 0) & (chance <= 1))


@pytest.mark.parametrize(
    "truth",
    [
        BetaGeoNBD.from_params(r=0.6, alpha=60, a=0.8, b=2.5),
        ModifiedBetaGeoNBD.from_params(r=0.6, alpha=60, a=0.8, b=2.5),
        ParetoNBD.from_params(r=0.6, alpha=60, s=0.8, beta=200),
    ],
)
def test_standard_errors_of_very_long_histories_are_those_of_short_ones(truth):
    """lifetimes 332: ages of 100,000 gave no standard errors."""
    x, t_x = truth.sample(730.0, 2000, np.random.default_rng(4))
    model = type(truth)
    short = model().fit({"x": x, "t_x": t_x, "T": np.full(len(x), 730.0)})
    long = model().fit({"x": x, "t_x": t_x * 137, "T": np.full(len(x), 100_010.0)})
    for name, value in short.se_.items():
        assert 0 < value < np.inf
        assert long.se_[name] == pytest.approx(value * (137 if name in truth.scaled else 1), rel=1e-3)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(MODELS))
def test_random_companies_are_always_learned(seed, model):
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 300))
    T = random.integers(0, 800, size)
    x = np.minimum(random.poisson(random.gamma(0.5, 4, size)), T)
    t_x = np.where(x > 0, np.maximum(x, (T * random.random(size)).astype(int)), 0)
    rows = {"x": x, "t_x": t_x, "T": T}
    fitted = model().fit(rows)
    assert all(np.isfinite(value) for value in fitted.params_.values())
    assert np.all(np.isfinite(fitted.predict(rows, 200.0)))


@pytest.mark.parametrize("model", MODELS)
def test_gradient_and_hessian_are_those_of_the_likelihood(model, cdnow_weeks):
    groups = group([np.asarray(cdnow_weeks[name]) for name in ("x", "t_x", "T")])
    point, step = np.log([0.5, 9.0, 0.7, 10.0]), 1e-5
    _, gradient, hessian = model()._derivatives(point, groups)
    for place in range(4):
        aside = np.eye(4)[place] * step
        above, below = (
            model()._derivatives(point + aside, groups),
            model()._derivatives(point - aside, groups),
        )
        assert (above[0] - below[0]) / 2 / step == pytest.approx(gradient[place], rel=1e-6)
        assert (above[1] - below[1]) / 2 / step == pytest.approx(hessian[place], rel=1e-6, abs=1e-5)


@pytest.mark.parametrize(
    ("a", "x", "t_x", "T", "horizon"),
    [
        (1.0, 3, 20, 39, 52),
        (1e-6, 0, 0, 10, 520),
        (1.5, 5000, 99, 100, 520),
        (0.79, 1000, 99.9, 100, 520),
        (0.8, 2, 30, 40, 4000),
    ],
)
def test_bg_nbd_forecasts_equal_fifty_digit_arithmetic(a, x, t_x, T, horizon):
    r, alpha, b = 0.243, 4.414, 2.426
    with mpmath.workdps(60):
        # The published formula; at its removable singularity a = 1 from a hair aside.
        drop, rate = mpmath.mpf(a) + mpmath.mpf(10) ** -25, mpmath.mpf(r) + x
        whole, z = drop + b + x - 1, mpmath.mpf(horizon) / (mpmath.mpf(alpha) + T + horizon)
        odds = drop / (b + x - 1) * ((mpmath.mpf(alpha) + T) / (mpmath.mpf(alpha) + t_x)) ** rate if x else 0
        lost = (1 - z) ** rate * mpmath.hyp2f1(rate, b + x, whole, z)
        expected = whole / (drop - 1) * (1 - lost) / (1 + odds)
    model = BetaGeoNBD.from_params(r=r, alpha=alpha, a=a, b=b)
    found = model.predict({"x": [x], "t_x": [t_x], "T": [T]}, horizon)[0]
    assert found == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(
    ("n", "alpha", "s", "beta", "start", "end"),
    [
        (0.55, 10.58, 0.61, 11.67, 0, 39),
        (0.3, 4.5, 0.05, 0.01, 0, 300),
        (30.5, 0.1, 3.0, 2.8, 1, 37),
        (12.0, 8000.0, 0.4, 0.5, 20, 700),
    ],
)
def test_the_death_integral_equals_thirty_digit_arithmetic(n, alpha, s, beta, start, end):
    with mpmath.workdps(30):
        points = [start + (end - start) * mpmath.mpf(2) ** -k for k in range(40, -1, -1)]
        exact = mpmath.quad(
            lambda y: (alpha + y) ** -mpmath.mpf(n) * (beta + y) ** (-mpmath.mpf(s) - 1), [start, *points]
        )
    found = death_integral(
        np.array([n]), alpha, s, beta, np.array([float(start)]), np.array([float(end)])
    ).log[0]
    assert found == pytest.approx(float(mpmath.log(exact)), abs=1e-11)


@pytest.mark.parametrize("model", MODELS)
def test_every_unit_of_time_gives_the_same_model(model, cdnow_weeks):
    weekly = model().fit(cdnow_weeks)
    days = {"x": cdnow_weeks["x"], "t_x": cdnow_weeks["t_x"] * 7, "T": cdnow_weeks["T"] * 7}
    daily = model().fit(days)
    assert daily.params_["alpha"] == pytest.approx(7 * weekly.params_["alpha"], rel=1e-6)
    assert daily.loglik_ == pytest.approx(weekly.loglik_ - cdnow_weeks["x"].sum() * np.log(7), abs=1e-6)
    assert daily.predict(days, 39 * 7) == pytest.approx(weekly.predict(cdnow_weeks, 39), rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_every_container_and_number_type_gives_the_same_model(model, cdnow):
    import pandas

    columns = {name: np.asarray(cdnow[name]) for name in ("x", "t_x", "T")}
    frames = [
        columns,
        {name: values.astype(np.int64) for name, values in columns.items()},
        {name: values.astype(float) for name, values in columns.items()},
        pa.table(columns),
        pandas.DataFrame(columns).astype("Int64"),
    ]
    assert len({model().fit(frame).loglik_ for frame in frames}) == 1


@pytest.mark.parametrize("model", MODELS)
def test_a_weight_counts_like_repeated_customers(model):
    rows = {"x": [0, 1, 4, 2], "t_x": [0, 30, 80, 15], "T": [90, 60, 100, 40]}
    weights = [5, 3, 2, 4]
    repeated = {name: np.repeat(values, weights) for name, values in rows.items()}
    assert model().fit(rows, weights).loglik_ == pytest.approx(model().fit(repeated).loglik_)


@pytest.mark.parametrize(
    "model",
    [
        BetaGeoNBD.from_params(r=0.5, alpha=6, a=0.8, b=2.5),
        ModifiedBetaGeoNBD.from_params(r=0.5, alpha=6, a=0.8, b=2.5),
        ParetoNBD.from_params(r=0.5, alpha=6, s=0.8, beta=9),
    ],
)
def test_probabilities_of_counts_sum_to_one_and_agree_with_simulation(model):
    counts = np.arange(500)
    chances = model.pmf(counts, 50.0)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert chances @ counts == pytest.approx(model.expected_purchases(50.0), rel=1e-6)
    x, t_x = model.sample(50.0, 200_000, np.random.default_rng(1))
    assert x.mean() == pytest.approx(model.expected_purchases(50.0), rel=0.02)
    assert np.mean(x == 0) == pytest.approx(chances[0], abs=0.005)
    assert np.all((t_x <= 50) & ((t_x > 0) == (x > 0)))


def test_bg_bb_recovers_its_parameters_from_simulated_customers():
    truth = BetaGeoBetaBinomial.from_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    x, t_x = truth.sample(6, 300_000, np.random.default_rng(2))
    fitted = BetaGeoBetaBinomial().fit({"x": x, "t_x": t_x, "T": np.full(len(x), 6)})
    assert fitted.n_groups_ <= 22
    for name, value in truth.params_.items():
        assert abs(fitted.params_[name] - value) < 4 * fitted.se_[name]


def test_a_one_time_buyer_is_not_alive_for_certain_in_the_default_model():
    rows = {"x": [0], "t_x": [0], "T": [300]}
    model = ModifiedBetaGeoNBD.from_params(r=0.5, alpha=60, a=0.8, b=2.5)
    assert model.predict_alive(rows)[0] < 0.9
    assert model.predict_alive(rows, at=100)[0] < model.predict_alive(rows)[0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"x": [1], "T": [5]}, "column 't_x' is missing"),
        ({"x": [1], "t_x": [9], "T": [5]}, "row 0: the value lies after T"),
        ({"x": [0, -1], "t_x": [0, 0], "T": [5, 5]}, "row 1: the value is negative"),
        ({"x": [0.5], "t_x": [1], "T": [5]}, "no whole number"),
        ({"x": [2], "t_x": [0], "T": [5]}, "merge those of one day"),
        ({"x": [1.0], "t_x": [float("nan")], "T": [5]}, "missing or infinite"),
    ],
)
def test_impossible_histories_are_refused_by_column_and_row(rows, words):
    with pytest.raises(DataError, match=words):
        BetaGeoNBD().fit(rows)


def test_an_unfitted_model_says_so():
    with pytest.raises(NotFitted, match="call fit first"):
        ParetoNBD().predict({"x": [0], "t_x": [0], "T": [5]}, 10.0)


def test_a_spend_model_without_mean_falls_back_to_a_shrunk_average():
    random = np.random.default_rng(3)
    rows = {"x": np.full(500, 2), "mean_spend": random.pareto(0.6, 500) + 0.01}
    model = GammaGamma().fit(rows)
    assert not model.has_mean_
    assert any("no mean" in warning for warning in model.warnings_)
    found = model.predict(rows)
    assert np.all(np.isfinite(found) & (found >= 0))
