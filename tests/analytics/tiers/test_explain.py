"""Why this tier: contributions that add up, and promises that hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analytics.samples import AS_OF, features_of, order, scored, small_company
from zhike.analytics import Calibration, calibrate, evaluate, explain

Rows = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def company() -> tuple[Calibration, Rows]:
    return scored([*small_company(), order(999, AS_OF - 9, 10**9, returned=10**9)])


def test_contributions_add_up_to_the_score(company: tuple[Calibration, Rows]) -> None:
    calibration, rows = company
    for row in rows.values():
        found = explain(calibration, row["reasons"], row)
        assert sum(d.contribution for d in found.dimensions) == pytest.approx(row["tier_score"], abs=1e-3)
        assert sum(d.weight for d in found.dimensions) == pytest.approx(1)
        assert found.tier == calibration.model.tier(row["tier"])


def test_the_named_value_alone_lifts_the_customer_to_the_next_tier(company: tuple[Calibration, Rows]) -> None:
    """Every promise of every customer is put back into the feature table and evaluated."""
    calibration, rows = company
    promises = []
    for row in rows.values():
        found = explain(calibration, row["reasons"], row)
        target = calibration.model.number(found.next_tier.code) if found.next_tier else 0
        promises += [(row["customer_id"], d.feature, d.needed, target) for d in found.dimensions
                     if d.needed is not None]  # fmt: skip
    assert len(promises) > 200
    with features_of([*small_company(), order(999, AS_OF - 9, 10**9, returned=10**9)]) as session:
        for feature in {p[1] for p in promises}:
            lifted = {c: (needed, target) for c, f, needed, target in promises if f == feature}
            session.connection.execute("CREATE OR REPLACE TABLE lifted AS SELECT * FROM features")
            session.connection.executemany(
                f"UPDATE lifted SET {feature} = ? WHERE customer_id = ?",
                [[needed, c] for c, (needed, _target) in lifted.items()],
            )
            for row in evaluate(session, "lifted", calibration, AS_OF).to_pylist():
                if row["customer_id"] in lifted:
                    assert row["raw_tier"] >= lifted[row["customer_id"]][1], (feature, row["customer_id"])


def test_a_dimension_that_cannot_lift_says_so(company: tuple[Calibration, Rows]) -> None:
    calibration, rows = company
    found = [explain(calibration, row["reasons"], row) for row in rows.values() if row["tier"] == 1]
    assert any(d.needed is None for one in found for d in one.dimensions)


def test_at_the_top_there_is_nothing_to_reach(company: tuple[Calibration, Rows]) -> None:
    calibration, rows = company
    top = next(row for row in rows.values() if row["tier"] == 4)
    found = explain(calibration, json.loads(top["reasons"]), top)
    assert found.next_tier is None
    assert all(d.needed is None for d in found.dimensions)


def test_without_net_revenue_no_promise_is_made(company: tuple[Calibration, Rows]) -> None:
    calibration, rows = company
    found = explain(calibration, rows[999]["reasons"], rows[999])
    assert found.no_value
    assert found.raw_tier == calibration.model.tiers[0]
    assert all(d.needed is None for d in found.dimensions)


def test_a_held_tier_names_its_last_day_and_what_keeps_it(company: tuple[Calibration, Rows]) -> None:
    calibration, rows = company
    low = next(row for row in rows.values() if row["tier"] == 1 and row["net_revenue"] > 0)
    found = explain(calibration, low["reasons"], low | {"tier": 3, "pending_since": AS_OF - 3})
    assert found.held_until == AS_OF - 3 + calibration.model.grace_days
    assert found.next_tier == calibration.model.tiers[2]


def test_an_unknown_dimension_gives_its_weight_to_the_others() -> None:
    orders = small_company()
    for one in orders:
        if one["customer_id"] == 1:
            one["category_mask"] = 0
    calibration, rows = scored(orders)
    found = {d.code: d for d in explain(calibration, rows[1]["reasons"], rows[1]).dimensions}
    assert found["mix"].weight == 0
    assert found["mix"].raw is None
    assert found["amount"].weight == pytest.approx(40 / 90)


def test_a_calibration_survives_json() -> None:
    with features_of(small_company()) as session:
        calibration = calibrate(session, "features")
    again = Calibration.from_json(calibration.to_json())
    assert again == calibration
    assert again.version == calibration.version
