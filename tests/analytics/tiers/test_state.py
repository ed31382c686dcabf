"""Tiers from day to day: a rise acts at once, a fall after the grace period, whatever the path."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.samples import (
    AS_OF,
    Order,
    arrow,
    customers_arrow,
    features_of,
    histories,
    numbered,
    order,
    small_company,
    state_arrow,
)  # fmt: skip
from zhike.analytics import AnalysisSettings, Calibration, Session, calibrate, evaluate, rescore

Rows = dict[int, dict[str, Any]]
State = tuple[int | None, int | None]
CUSTOMERS = range(1, 7)


def with_grace(days: int) -> AnalysisSettings:
    settings_ = AnalysisSettings()
    return replace(settings_, tiers=replace(settings_.tiers, grace_days=days))


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    with features_of(small_company()) as session:
        return calibrate(session, "features", with_grace(10))


def next_state(before: State, deserved: int, day: int, grace: int) -> State:
    """The rule as a person would write it."""
    tier, since = before
    if tier is None or deserved == 0 or deserved >= tier:
        return deserved, None
    since = day if since is None else since
    return (deserved, None) if day - since >= grace else (tier, since)


def run_all(version: Calibration, orders: list[Order], day: int, states: Rows) -> Rows:
    with features_of(orders, day, customers_arrow(CUSTOMERS)) as session:
        rows = evaluate(session, "features", version, day, _arrow(states)).to_pylist()
    return {row["customer_id"]: row for row in rows}


def run_one(session: Session, version: Calibration, orders: list[Order], day: int, customer: int,
            states: Rows) -> dict[str, Any]:  # fmt: skip
    own = [one for one in orders if one["customer_id"] == customer]
    mine = {customer: states[customer]} if customer in states else {}
    people, prior = customers_arrow([customer]), _arrow(mine)
    table = rescore(session, version, orders=arrow(own), customers=people, as_of=day, states=prior)
    found: dict[str, Any] = table.to_pylist()[0]
    return found


def _arrow(states: Rows) -> Any:
    return state_arrow(list(states.values())) if states else None


@given(
    histories(max_customers=6, max_orders=30, days=40), st.integers(0, 12), st.randoms(use_true_random=False)
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_by_one_is_all_at_once(
    calibration: Calibration, orders: list[Order], grace: int, chance: random.Random
) -> None:
    """Each day: orders arrive one by one and re-score their customer; at night everybody is evaluated.

    A second world only runs at night. Both must agree in every column, on every day.
    """
    version = replace(calibration, settings=with_grace(grace))
    one_by_one: Rows = {}
    at_night: Rows = {}
    known: list[Order] = []
    with Session(threads=1) as session:
        closing = dict.fromkeys(CUSTOMERS, (None, None))
        for day in sorted({o["day"] for o in orders} | {AS_OF}):
            arriving = [o for o in orders if o["day"] == day]
            chance.shuffle(arriving)
            for one in arriving:
                known.append(one)
                customer = one["customer_id"]
                one_by_one[customer] = run_one(session, version, known, day, customer, one_by_one)
            one_by_one = run_all(version, known, day, one_by_one)
            at_night = run_all(version, sorted(known, key=lambda o: o["order_id"]), day, at_night)
            assert one_by_one == at_night
            for customer, row in at_night.items():
                closing[customer] = next_state(closing[customer], row["raw_tier"], day, grace)
                assert (row["tier"], row["pending_since"]) == closing[customer]


def test_evaluating_twice_changes_nothing(calibration: Calibration) -> None:
    orders = numbered([order(1, AS_OF - 3, 10**9), order(2, AS_OF - 400, 5_000)])
    first = run_all(calibration, orders, AS_OF, {})
    assert run_all(calibration, orders, AS_OF, first) == first


def test_one_customer_alone_scores_like_within_the_base() -> None:
    orders = numbered(small_company())
    with features_of(orders) as session:
        version = calibrate(session, "features")
        rows = {r["customer_id"]: r for r in evaluate(session, "features", version, AS_OF).to_pylist()}
    with Session(threads=1) as session:
        for customer in (1, 180, 181, 240, 300):
            alone = run_one(session, version, orders, AS_OF, customer, {})
            assert alone == rows[customer]


def test_an_event_costs_less_than_a_tenth_of_a_second_of_work(calibration: Calibration) -> None:
    orders = numbered(big(1, AS_OF))
    with Session(threads=1) as session:
        run_one(session, calibration, orders, AS_OF, 1, {})
        costs = []
        for _attempt in range(5):
            start = time.process_time()
            run_one(session, calibration, orders, AS_OF, 1, {})
            costs.append(time.process_time() - start)
    assert min(costs) < 0.1


def big(customer: int, day: int) -> list[Order]:
    return [order(customer, day - 5 * i, 10**9, mask=1 << i) for i in range(20)]


def test_a_rise_acts_at_once(calibration: Calibration) -> None:
    poor = run_all(calibration, numbered([order(1, AS_OF - 1, 1000)]), AS_OF, {})
    rich = run_all(calibration, numbered([order(1, AS_OF - 1, 1000), *big(1, AS_OF + 1)]), AS_OF + 1, poor)
    assert poor[1]["tier"] < rich[1]["tier"] == rich[1]["raw_tier"]
    assert rich[1]["opening_tier"] == poor[1]["tier"]


def test_a_fall_acts_after_the_grace_period(calibration: Calibration) -> None:
    rows = run_all(calibration, numbered(big(1, AS_OF)), AS_OF, {})
    high = rows[1]["tier"]
    after = [one | {"returned": one["revenue"]} for one in numbered(big(1, AS_OF))]
    tiers = []
    for day in range(AS_OF + 1, AS_OF + 13):
        rows = run_all(calibration, after, day, rows)
        tiers.append(rows[1]["tier"])
        assert rows[1]["raw_tier"] == 1
    assert tiers == [high] * 10 + [1] * 2
    assert rows[1]["pending_since"] is None


def test_a_recovery_during_the_grace_period_starts_it_anew(calibration: Calibration) -> None:
    good = numbered(big(1, AS_OF))
    bad = [one | {"returned": one["revenue"]} for one in good]
    rows = run_all(calibration, good, AS_OF, {})
    for day, orders in ((1, bad), (5, bad), (6, good), (7, bad), (15, bad)):
        rows = run_all(calibration, orders, AS_OF + day, rows)
    assert rows[1]["tier"] > rows[1]["raw_tier"]
    assert rows[1]["pending_since"] == AS_OF + 7


def test_within_one_day_only_the_last_state_counts(calibration: Calibration) -> None:
    good = numbered(big(1, AS_OF))
    bad = [one | {"returned": one["revenue"]} for one in good]
    start = run_all(calibration, good, AS_OF, {})
    moved = run_all(calibration, bad, AS_OF + 1, start)
    back = run_all(calibration, good, AS_OF + 1, moved)
    assert moved[1]["pending_since"] == AS_OF + 1
    assert back == run_all(calibration, good, AS_OF + 1, start)


def test_who_is_no_customer_any_more_loses_the_tier_at_once(calibration: Calibration) -> None:
    rows = run_all(calibration, numbered(big(1, AS_OF)), AS_OF, {})
    rows = run_all(calibration, [], AS_OF + 1, rows)
    assert (rows[1]["tier"], rows[1]["pending_since"]) == (0, None)


def test_the_reasons_name_every_dimension(calibration: Calibration) -> None:
    rows = run_all(calibration, numbered(big(1, AS_OF)), AS_OF, {})
    reasons = json.loads(rows[1]["reasons"])
    assert [r["d"] for r in reasons] == [d.code for d in calibration.model.dimensions]
    assert reasons[0]["raw"] == 20 * 10**9
    assert all(0 <= r["score"] <= 100 for r in reasons)
