"""The models give what their papers and the reference implementations publish."""

from datetime import date

import numpy as np
import pytest

from zhike.analytics.clv import (
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    RFMTable,
    evaluate_clv,
)

BEST_CUSTOMER = {"x": [26], "t_x": [30.857], "T": [31.0]}
PARADOX = {"x": [10, 15, 20, 25], "t_x": [20.0] * 4, "T": [39.0] * 4}


@pytest.fixture(scope="module")
def bg():
    """The BTYD vignette's estimates."""
    return BetaGeoNBD.from_params(r=0.2425982, alpha=4.4136842, a=0.7929899, b=2.4261667)


@pytest.fixture(scope="module")
def pareto():
    """The BTYD vignette's estimates."""
    return ParetoNBD.from_params(r=0.5533971, alpha=10.5801985, s=0.6060625, beta=11.6562237)


@pytest.mark.parametrize(
    ("model", "params", "loglik", "tolerance"),
    [
        (BetaGeoNBD, {"r": 0.2425945, "alpha": 4.4136019, "a": 0.7929199, "b": 2.4258881}, -9582.429, 1e-4),
        (ParetoNBD, {"r": 0.55315, "alpha": 10.57633, "s": 0.60625, "beta": 11.67150}, -9594.976, 1e-3),
        (ModifiedBetaGeoNBD, {"r": 0.52484, "alpha": 6.18299, "a": 0.89136, "b": 1.61400}, None, 1e-4),
    ],
)
def test_cdnow_gives_the_published_estimates(cdnow_weeks, model, params, loglik, tolerance):
    fitted = model().fit(cdnow_weeks)
    assert fitted.params_ == pytest.approx(params, rel=tolerance)
    assert fitted.converged_
    assert not fitted.boundary_
    assert np.abs(fitted.gradient_).max() < 1e-6
    if loglik:
        assert fitted.loglik_ == pytest.approx(loglik, abs=0.001)
        assert fitted.aic_ == pytest.approx(8 - 2 * loglik, abs=0.002)


def test_cdnow_gives_the_published_standard_errors(cdnow_weeks):
    assert BetaGeoNBD().fit(cdnow_weeks).se_ == pytest.approx(
        {"r": 0.01256, "alpha": 0.3782, "a": 0.1857, "b": 0.7054}, rel=1e-3
    )
    assert ParetoNBD().fit(cdnow_weeks).se_ == pytest.approx(
        {"r": 0.0476, "alpha": 0.8427, "s": 0.1873, "beta": 6.2105}, rel=1e-3
    )


def test_gamma_gamma_gives_the_published_estimates(cdnow_events):
    events = RFMTable.from_events(cdnow_events, when="date", amount="amount")
    spend = events.split(date(1997, 9, 30)).calibration.spend_columns(include_first=False)
    fitted = GammaGamma().fit(spend)
    assert fitted.params_ == pytest.approx({"p": 6.24957, "q": 3.74422, "gamma": 15.44352}, rel=1e-5)
    assert fitted.loglik_ == pytest.approx(-4055.9177, abs=1e-3)
    assert fitted.n_customers_ == 946
    assert fitted.correlation_ == pytest.approx(0.114, abs=5e-4)


def test_gamma_gamma_expects_the_published_mean():
    model = GammaGamma.from_params(p=6.2488, q=3.7446, gamma=15.4477)
    assert model.population_mean_ == pytest.approx(35.17, abs=0.005)
    assert model.predict({"x": [0], "mean_spend": [0.0]}) == pytest.approx(35.17, abs=0.005)


def test_bg_nbd_expects_the_published_purchases(bg):
    assert bg.expected_purchases(52) == pytest.approx(1.444004, abs=2e-6)
    ages = [0.1429, 1, 3, 31.8571, 32, 78]
    # The spreadsheet rounds its estimates and its results.
    assert bg.expected_purchases(ages) == pytest.approx(
        [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], rel=2e-4, abs=6e-5
    )
    assert bg.predict({"x": [2], "t_x": [30.43], "T": [38.86]}, 39) == pytest.approx([1.226], abs=5e-4)
    assert bg.predict(BEST_CUSTOMER, 52) == pytest.approx([25.75659], rel=1e-5)
    assert bg.predict_alive(BEST_CUSTOMER) == pytest.approx([0.9688523], abs=5e-6)
    assert bg.predict(PARADOX, 52) == pytest.approx(
        [0.3474606, 0.04283391, 0.004158973, 0.0003583685], rel=1e-5
    )


def test_bg_nbd_counts_have_the_published_probabilities():
    model = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    assert model.pmf([0], 39) == pytest.approx([0.5737864], abs=1e-7)
    assert model.pmf(range(11, 21), 30) == pytest.approx(
        [0.0019995214, 0.0015170236, 0.0011633150, 0.0009003148, 0.0007023638,
         0.0005517902, 0.0004361913, 0.0003467171, 0.0002769613, 0.0002222260], abs=1e-10,
    )  # fmt: skip


def test_pareto_nbd_expects_the_published_purchases(cdnow_weeks, pareto):
    assert ParetoNBD().fit(cdnow_weeks).expected_purchases(52) == pytest.approx(1.473434, abs=1e-4)
    assert pareto.predict(BEST_CUSTOMER, 52) == pytest.approx([25.45647], rel=1e-4)
    assert pareto.predict_alive(BEST_CUSTOMER) == pytest.approx([0.997874], abs=5e-6)
    assert pareto.predict(PARADOX, 52) == pytest.approx(
        [0.7062289, 0.1442396, 0.02250658, 0.00309267], rel=5e-4
    )
    btyd = ParetoNBD.from_params(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    assert btyd.expected_purchases(np.arange(10)) == pytest.approx(
        [0, 0.05077821, 0.09916088, 0.14542507, 0.18979930,
         0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211], abs=1e-8,
    )  # fmt: skip


def test_pareto_nbd_stays_finite_and_continuous_where_peers_overflow():
    model = ParetoNBD.from_params(r=0.55, alpha=10.58, s=0.61, beta=11.67)
    assert model.predict({"x": [132, 133], "t_x": [200.0] * 2, "T": [200.0] * 2}, 10) == pytest.approx(
        [6.2060518, 6.2528722], abs=1e-7
    )
    heavy = ParetoNBD.from_params(r=0.5143, alpha=2.8845, s=0.2856, beta=14.1087)
    rows = {
        "x": [221, 254, 161, 204],
        "t_x": [103.42857, 97.14286, 94.71429, 98.57143],
        "T": [103.57143, 97.28571, 98, 99.42857],
    }
    assert np.all((heavy.predict_alive(rows) > 0.7) & (heavy.predict_alive(rows) < 1))
    odd = ParetoNBD.from_params(r=10.465, alpha=0.00798565, s=3.0516, beta=2.82)
    alive = odd.predict_alive({"x": [40, 50, 50], "t_x": [5.0, 1, 4], "T": [6.0, 37, 37]})
    assert np.all(np.isfinite(alive))


def test_bg_bb_expects_the_published_purchases():
    model = BetaGeoBetaBinomial.from_params(alpha=1.203522, beta=0.7497, gamma=0.65677, delta=2.7838)
    assert model.expected_purchases(10) == pytest.approx(3.179805, abs=2e-4)
    rows = {"x": [0, 4], "t_x": [0, 5], "T": [6, 6]}
    assert model.predict(rows, 10) == pytest.approx([0.1302169, 3.627858], abs=1e-4)
    alive = model.predict_alive({"x": [0, 2, 6], "t_x": [0, 4, 6], "T": [6, 6, 6]}, at=1)
    assert alive == pytest.approx([0.11, 0.59, 0.93], abs=0.005)


def test_conditional_expectations_by_count_are_the_published_ones(cdnow):
    found = evaluate_clv(cdnow, date(1997, 9, 30)).by_count
    assert found["actual"] == pytest.approx(
        [0.2367, 0.6970, 1.3925, 1.5600, 2.5323, 2.9474, 3.8621, 6.3594], abs=6e-5
    )
    assert found["bg_nbd"] == pytest.approx(
        [0.2251, 0.5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570], abs=3e-4
    )
    assert found["pareto_nbd"] == pytest.approx(
        [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403], abs=1.5e-3
    )


def test_holdout_metrics_are_those_of_the_reference(cdnow):
    found = evaluate_clv(cdnow, date(1997, 9, 30))
    assert (found.customers, found.purchases) == (2357, 1882)
    for name, bias, error, deciles, auc in (
        ("bg_nbd", -0.121, 0.7855, 0.1085, 0.7725),
        ("mbg_nbd", -0.162, 0.7648, 0.1296, 0.7728),
        ("pareto_nbd", -0.115, 0.7545, 0.1360, 0.7787),
        ("past rate", 0.557, 1.0237, 0.7251, 0.7598),
    ):
        scores = found.scores[name]
        assert scores["bias"] == pytest.approx(bias, abs=6e-4)
        assert scores["auc"] == pytest.approx(auc, abs=1e-4)
        assert scores["mae"] == pytest.approx(error, abs=6e-5)
        assert scores["decile_mae"] == pytest.approx(deciles, abs=1.5e-3)


def test_tracking_of_the_whole_base_is_the_published_one(cdnow, cdnow_weeks):
    """Cumulative repeat purchases; the clock of weeks starts at the greatest age, 38.857."""
    model = BetaGeoNBD().fit(cdnow_weeks)
    births = cdnow_weeks["T"].max() - cdnow_weeks["T"]
    totals = [model.expected_purchases(np.maximum(week - births, 0)).sum() for week in range(20, 26)]
    assert totals == pytest.approx([1312.458, 1387.346, 1460.392, 1531.713, 1601.418, 1669.600], abs=0.05)
    assert model.expected_purchases(cdnow_weeks["T"]).sum() == pytest.approx(2493.96, abs=0.05)


def test_pareto_nbd_tracks_the_whole_base_as_published(cdnow_weeks):
    """The vignette's estimates stopped a little short of the maximum: its own cells need its own parameters."""
    model = ParetoNBD().fit(cdnow_weeks)
    births = cdnow_weeks["T"].max() - cdnow_weeks["T"]
    totals = [model.expected_purchases(np.maximum(week - births, 0)).sum() for week in range(20, 26)]
    assert totals[0] == pytest.approx(1308.91, abs=0.05)
    assert totals == pytest.approx([1308.856, 1385.275, 1459.923, 1532.906, 1604.320, 1674.253], abs=0.15)


def test_actual_purchases_are_counted_as_published(cdnow, cdnow_weeks):
    first = cdnow["first_day"]
    start = int(first.min())
    days = cdnow.days["day"].to_numpy()
    repeats = np.concatenate([[0], np.cumsum(
        np.bincount(days - start, minlength=550) - np.bincount(first - start, minlength=550)
    )])  # fmt: skip
    # Week n of the published table ends n weeks after the first day of the cohort.
    assert [int(repeats[7 * week]) for week in range(20, 26)] == pytest.approx(
        [1359, 1414, 1484, 1517, 1573, 1672], abs=1
    )
    split = cdnow.split(date(1997, 9, 30))
    assert split.calibration["x"].sum() == 2457
    assert split.purchases.sum() == 1882
    assert cdnow["x"].sum() == 4339


def test_bg_nbd_totals_over_calibration_and_holdout_are_the_published_ones(cdnow, cdnow_weeks):
    model = BetaGeoNBD().fit(cdnow_weeks)
    births = cdnow_weeks["T"].max() - cdnow_weeks["T"]
    assert model.expected_purchases(78 - births).sum() == pytest.approx(4165.66, abs=0.05)
    assert model.predict(cdnow_weeks, 39).sum() == pytest.approx(1653.4, abs=0.5)


def test_the_first_ten_customers_have_the_published_expected_spend(cdnow_events):
    events = RFMTable.from_events(cdnow_events, when="date", amount="amount", until=date(1997, 9, 30))
    order = np.argsort(events["customer_id"].to_numpy(), kind="stable")[:10]
    spend = events.spend_columns(include_first=False)
    model = GammaGamma.from_params(p=6.2488, q=3.7446, gamma=15.4477)
    rows = {name: values[order] for name, values in spend.items()}
    assert model.predict(rows) == pytest.approx(
        [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.006
    )
