"""What a customer would bring if it stayed, against a simulation that knows each customer's own rate."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from zhike.analytics.clv import CustomerValue, RFMTable
from zhike.analytics.clv.kept import value_if_kept

UNTIL, YEARS, SIZE = date(2026, 10, 31), 3, 4_000


@pytest.fixture(scope="module")
def truth():
    """Customers who buy by an own rate and leave after an order by an own chance; all of one spend each."""
    rng = np.random.default_rng(8)
    rate = rng.gamma(1.3, 6 / 1.3, SIZE)
    leaves = rng.beta(0.8, 4.2, SIZE)
    spend = rng.lognormal(5, 0.4, SIZE)
    start = UNTIL - timedelta(days=365 * YEARS)
    rows, alive = [], np.ones(SIZE, bool)
    for one in range(SIZE):
        day = rng.integers(0, 300)
        while day < 365 * YEARS:
            rows.append((one, start + timedelta(days=int(day)), spend[one]))
            if rng.random() < leaves[one]:
                alive[one] = False
                break
            day += rng.exponential(365 / rate[one])
    events = dict(zip(("customer_id", "date", "amount"), map(list, zip(*rows, strict=True)), strict=True))
    table = RFMTable.from_events(events, amount="amount", until=UNTIL)
    value = CustomerValue(discount=0.0, horizon="12 months").fit(table)
    place = table.customer_positions(np.arange(SIZE))
    return table, value, alive[place >= 0], (rate * spend)[place >= 0], place[place >= 0]


def test_those_who_stay_bring_what_the_kept_value_says(truth):
    table, value, alive, brings, place = truth
    kept = value_if_kept(value, table)[place]
    assert kept[alive].sum() == pytest.approx(brings[alive].sum(), rel=0.1)


def test_slow_buyers_are_not_overstated(truth):
    """An order per horizon, scaled to a year, would give them a multiple of it."""
    table, value, alive, brings, place = truth
    x, age = table["x"][place], table["T"][place]
    slow = alive & (age / np.maximum(x, 1) > 180)
    kept = value_if_kept(value, table)[place]
    assert slow.sum() > 100
    assert kept[slow].sum() == pytest.approx(brings[slow].sum(), rel=0.25)
    at_least_one_per_quarter = 365 / 90 * np.exp(5 + 0.4**2 / 2) * slow.sum()
    assert at_least_one_per_quarter > 1.5 * brings[slow].sum()


def test_no_dropout_is_in_the_kept_value(truth):
    table, value, _alive, _brings, _place = truth
    kept, clv = value_if_kept(value, table), value.predict(table)["clv"].to_numpy()
    assert (kept >= clv * (1 - 1e-9)).all()
    silent = table["T"] - table["t_x"] > 500
    assert kept[silent].sum() > 2 * clv[silent].sum()
