"""A fitted value as JSON, and the value of a customer who is certain to stay."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from zhike.analytics.clv import BetaGeoNBD, CustomerValue, DataError, NotFitted, RFMTable
from zhike.analytics.clv.kept import value_if_kept
from zhike.analytics.clv.stored import from_json, frozen_deviance, to_json

START = date(2024, 1, 1)


def simulated(customers: int = 600, span: int = 500, seed: int = 3) -> RFMTable:
    rng = np.random.default_rng(seed)
    owner, day, amount = [], [], []
    for customer in range(customers):
        first, rate = int(rng.integers(0, 200)), rng.gamma(0.8, 1 / 25)
        gone = first + rng.exponential(200)
        level, at = rng.gamma(4, 30), float(first)
        while at <= min(gone, span):
            owner.append(customer)
            day.append(START + timedelta(days=int(at)))
            amount.append(float(rng.gamma(3, level / 3)) + 1)
            at += 1 + rng.exponential(1 / rate)
    events = {"customer_id": owner, "date": day, "amount": amount}
    return RFMTable.from_events(pa.table(events), amount="amount", until=START + timedelta(days=span))


@pytest.fixture(scope="module")
def table() -> RFMTable:
    return simulated()


@pytest.fixture(scope="module")
def value(table) -> CustomerValue:
    return CustomerValue(margin=0.4).fit(table)


def test_a_stored_value_predicts_the_same(table, value):
    data = json.loads(json.dumps(to_json(value), allow_nan=False))
    again = from_json(data, margin=0.4).predict(table)
    assert again.equals(value.predict(table))
    assert set(data["transactions"]["se"]) == set(data["transactions"]["params"])


def test_what_cannot_be_named_is_not_stored(table):
    with pytest.raises(NotFitted):
        to_json(CustomerValue())
    dated = CustomerValue(BetaGeoNBD(), horizon=table.until + timedelta(days=90)).fit(table)
    with pytest.raises(DataError):
        to_json(dated)


def test_a_distorted_version_forecasts_worse_than_the_fitted_one(table, value):
    data = to_json(value)
    worse = json.loads(json.dumps(data))
    worse["transactions"]["params"]["alpha"] *= 20
    assert frozen_deviance(from_json(worse), table) > frozen_deviance(from_json(data), table)


def test_who_stays_is_worth_more_than_who_may_leave(table, value):
    kept = value_if_kept(value, table)
    expected = value.predict(table, intervals=False)["clv"].to_numpy()
    assert np.isfinite(kept).all()
    assert (kept >= expected * (1 - 1e-9)).all()


def test_the_value_of_a_kept_customer_is_rate_times_spend_times_margin(table):
    value = CustomerValue("bg_nbd", include_first=True, margin=0.5, discount=0.0, horizon="12 months")
    value.fit(table)
    value.clock_ = value.clock_.flat()
    p = value.model_.params_
    rate = (p["r"] + table["x"]) / (p["alpha"] + table["T"])
    spend = value.spend_.predict(table.spend_columns(include_first=True))
    year = (date(table.until.year + 1, table.until.month, table.until.day) - table.until).days
    assert value_if_kept(value, table) == pytest.approx(rate * year * spend * 0.5)
