"""Defects that users reported of other libraries, each as a test that ours does not have it."""

import json
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from zhike.analytics.clv import (
    BetaGeoNBD,
    CustomerValue,
    DataError,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    RFMTable,
)

pytestmark = pytest.mark.filterwarnings("error")
PUBLISHED = [
    BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426),
    ModifiedBetaGeoNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614),
    ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669),
]
START = date(2024, 1, 1)


def _table(seed=1, customers=400, days=500):
    """Customers of an MBG/NBD with heavy-tailed amounts, as events."""
    random = np.random.default_rng(seed)
    first = random.integers(0, days // 2, customers)
    more = random.poisson(random.gamma(0.8, 3, customers))
    who = np.repeat(np.arange(customers), more + 1)
    day = first[who] + np.where(
        np.concatenate([[True], who[1:] != who[:-1]]), 0, random.integers(1, days // 2, len(who))
    )
    amount = random.pareto(0.8, len(who)) + 0.01
    events = {"customer_id": who, "date": [START + timedelta(days=int(d)) for d in day], "amount": amount}
    return RFMTable.from_events(events, amount="amount", until=START + timedelta(days=days))


@pytest.mark.parametrize("model", PUBLISHED)
def test_more_purchases_never_expect_less_of_a_customer_just_seen(model):
    """lifetimes 25, 90, 117, 144; CLVTools 100."""
    x = np.arange(1, 600)
    rows = {"x": x, "t_x": np.full(len(x), 199.0), "T": np.full(len(x), 200.0)}
    found = model.predict(rows, 10)
    steps = np.diff(found)
    assert np.all(steps > 0)
    assert np.all(np.abs(np.diff(steps)) < 0.05 * np.abs(steps[1:]) + 1e-3)
    assert np.all((model.predict_alive(rows) > 0) & (model.predict_alive(rows) <= 1))


@pytest.mark.parametrize("model", PUBLISHED)
def test_the_chance_of_no_purchase_is_that_of_the_counts(model):
    """pymc-marketing 1093; lifetimes 379."""
    new = {"x": [0], "t_x": [0.0], "T": [0.0]}
    for weeks in (0.5, 4.0, 52.0):
        born = model.predict_alive(new)[0]
        silent = 1 - model.predict_proba_active(new, weeks)[0]
        # MBG/NBD may lose a customer right after the first purchase.
        assert silent == pytest.approx(model.pmf([0], weeks)[0], abs=1e-9)
        assert 0 < born <= 1


@pytest.mark.parametrize("model", PUBLISHED)
def test_who_is_alive_later_is_alive_now(model):
    rows = {"x": [0, 3, 12], "t_x": [0.0, 20.0, 38.0], "T": [39.0] * 3}
    chances = np.stack([model.predict_alive(rows, at=weeks) for weeks in (0.0, 1.0, 10.0, 100.0)])
    assert np.all(np.diff(chances, axis=0) <= 1e-12)
    assert np.all((chances >= 0) & (chances <= 1))


@pytest.mark.parametrize("kind", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD])
def test_every_start_leads_to_the_same_maximum(kind, cdnow_weeks, monkeypatch):
    """btyd 86."""
    best = kind().fit(cdnow_weeks)
    random = np.random.default_rng(7)
    for _start in range(5):
        begin = random.normal(0, 1.2, 4)
        monkeypatch.setattr(kind, "_starts", lambda self, groups, begin=begin: [begin])
        found = kind().fit(cdnow_weeks)
        assert found.loglik_ == pytest.approx(best.loglik_, abs=1e-6)
        assert np.abs(found.gradient_).max() < 1e-6


def test_a_higher_discount_always_lowers_the_value_also_at_a_huge_beta():
    """CLVTools 171, 186."""
    table = _table()
    values = []
    for discount in (0.001, 0.06, 0.99):
        value = CustomerValue("pareto_nbd", discount=discount, horizon="5 years").fit(table)
        value.model_ = ParetoNBD.from_params(r=0.5, alpha=60, s=0.6, beta=1e4)
        values.append(value.predict(table)["clv"].to_numpy())
    assert all(np.isfinite(found).all() for found in values)
    assert np.all(values[0] > values[1])
    assert np.all(values[1] > values[2])


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_value_is_finite_and_never_negative_on_heavy_tails(name):
    """lifetimes 146, 362, 370, 211; btyd 57, 77: any purchase model goes with the spend model."""
    table = _table(seed=3)
    found = CustomerValue(name).fit(table).predict(table)
    for column in ("clv", "clv_low", "clv_high", "expected_orders", "p_active"):
        values = found[column].to_numpy()
        assert np.all(np.isfinite(values) & (values >= 0)), column


def test_value_is_the_same_whatever_the_unit_and_the_words_of_the_horizon():
    """lifetimes 137, 194, 215, 233; pymc-marketing 2749, 256, 987: a year is a year."""
    table = _table(seed=4)
    until = table.until
    forms = ["12 months", "1 year", "4 quarters", date(until.year + 1, until.month, until.day)]
    values = [CustomerValue("mbg_nbd", horizon=form).fit(table).predict(table)["clv"] for form in forms]
    assert all(found.equals(values[0]) for found in values)
    with pytest.raises(DataError):
        CustomerValue("mbg_nbd", horizon=12).fit(table).predict(table)


@pytest.mark.parametrize("model", PUBLISHED)
@pytest.mark.parametrize("unit", [1 / 7, 12 / 52.1775, 1000.0], ids=["days", "months", "odd"])
def test_forecasts_do_not_depend_on_the_unit(model, unit):
    rows = {"x": [0, 2, 40], "t_x": [0.0, 11.0, 38.0], "T": [39.0] * 3}
    scaled = {"x": rows["x"], "t_x": np.array(rows["t_x"]) / unit, "T": np.array(rows["T"]) / unit}
    params = {name: value / unit if name in model.scaled else value for name, value in model.params_.items()}
    other = type(model).from_params(**params)
    assert other.predict(scaled, 52 / unit) == pytest.approx(model.predict(rows, 52), rel=1e-9)
    assert other.predict_alive(scaled) == pytest.approx(model.predict_alive(rows), rel=1e-9)


def test_the_fit_does_not_depend_on_the_unit(cdnow_weeks):
    forecasts = []
    for unit in (1.0, 7.0, 12 / 52.1775):
        rows = {name: cdnow_weeks[name] * (1 if name == "x" else unit) for name in ("x", "t_x", "T")}
        forecasts.append(ModifiedBetaGeoNBD().fit(rows).predict(rows, 39 * unit))
    assert forecasts[1] == pytest.approx(forecasts[0], rel=1e-7)
    assert forecasts[2] == pytest.approx(forecasts[0], rel=1e-7)


def test_purchases_of_one_day_are_one_and_rows_without_price_are_none():
    """lifetimes 91, 56, 244, 344, 264, 448."""
    events = {
        "customer_id": ["a", "a", "a", "a", "b"],
        "date": ["2024-01-01", "2024-01-01", "2024-01-09", "2024-01-05", "2024-01-02"],
        "amount": [1.0, 2.0, 4.0, 0.0, -3.0],
    }
    table = RFMTable.from_events(events, amount="amount", until=date(2024, 1, 31))
    assert table["customer_id"].to_pylist() == ["a"]
    assert (table["x"][0], table["t_x"][0], table["T"][0]) == (1, 8, 30)
    assert (table["mean_spend"][0], table["spend"][0]) == (3.5, 7.0)
    assert "recency" not in table


def test_the_link_between_count_and_spend_is_reported():
    """lifetimes 337, 269."""
    random = np.random.default_rng(5)
    x = random.integers(1, 20, 500)
    model = GammaGamma().fit({"x": x, "mean_spend": 3.0 * x + random.random(500)})
    assert model.correlation_ > 0.99


EIGHT_MILLION = """
import json, re
import numpy as np
from zhike.analytics.clv import BetaGeoBetaBinomial
random = np.random.default_rng(1)
x = random.binomial(6, random.beta(1.2, 0.8, 8_000_000)).astype(np.int8)
t_x = np.where(x > 0, np.maximum(x, random.integers(1, 7, len(x), dtype=np.int8)), 0).astype(np.int8)
fitted = BetaGeoBetaBinomial().fit({"x": x, "t_x": t_x, "T": np.full(len(x), 6, dtype=np.int8)})
# What getrusage says would hold the memory of the process that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps({"groups": fitted.n_groups_, "customers": fitted.n_customers_, "peak": peak,
                  "params": list(fitted.params_.values())}))
"""


def test_eight_million_customers_of_a_discrete_model_fit_into_a_gigabyte():
    """lifetimes 259, 393."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", EIGHT_MILLION], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["customers"] == 8_000_000
    assert found["groups"] <= 28
    assert found["peak"] < 1024
    assert np.all(np.isfinite(found["params"]))


def test_arrow_numbers_of_every_width_give_one_table():
    """pymc-marketing 1471."""
    days = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 1, 15)]
    tables = [
        RFMTable.from_events(
            pa.table({"customer_id": pa.array([1, 1, 2], kind), "date": days,
                      "amount": pa.array([3, 4, 5], amounts)}), amount="amount"
        )
        for kind, amounts in ((pa.int32(), pa.int64()), (pa.int64(), pa.float32()), (pa.uint16(), pa.float64()))
    ]  # fmt: skip
    for name in ("x", "t_x", "T", "spend"):
        assert len({tuple(np.asarray(table[name], dtype=float)) for table in tables}) == 1
