"""Scores by value: lines, logarithms and steps, in either direction, as the engine and Python compute them."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics import (
    AnalysisSettings,
    Calibration,
    Session,
    SettingsError,
    calibrate,
    default_model,
    evaluate,
    explain,
)
from zhike.analytics.distribution import Distribution
from zhike.analytics.tiers.model import HIGHER, LINEAR, LOG, LOWER, PERCENTILE, STEPS, Dimension, TierModel
from zhike.analytics.tiers.score import interpolate, knots, score_sql, value_for
from zhike.analytics.tiers.transform import bounds_on, dimension_knots

BASE = Distribution.from_arrays(np.arange(1, 1001))
STEP_TABLE = ((0, 10.0), (30, 40.0), (90, 100.0))


def dimension(transform: str, direction: str = HIGHER, **more: object) -> Dimension:
    return Dimension("d", "net_revenue", 1, direction, transform=transform, **more)


def points(transform: str, direction: str = HIGHER, **more: object):
    return dimension_knots(BASE, dimension(transform, direction, **more))


def test_the_default_is_the_share_of_worse_customers_as_before() -> None:
    assert Dimension("d", "net_revenue", 1).transform == PERCENTILE
    assert points(PERCENTILE) == knots(BASE, HIGHER)
    assert points(PERCENTILE, LOWER) == knots(BASE, LOWER)


def test_a_line_runs_between_the_outermost_percents_or_a_persons_bounds() -> None:
    assert bounds_on(BASE, dimension(LINEAR)) == (10, 990)
    own = points(LINEAR, low=200, high=600)
    assert [interpolate(x, own) for x in (0, 200, 300, 600, 999)] == [0, 0, 25, 100, 100]
    turned = points(LINEAR, LOWER, low=200, high=600)
    assert [interpolate(x, turned) for x in (0, 200, 300, 600, 999)] == [100, 100, 75, 0, 0]


@given(st.floats(1, 1e9), st.floats(1.5, 1e6), st.floats(0, 1))
def test_the_logarithm_is_off_by_less_than_a_tenth_of_a_point(low: float, ratio: float, place: float) -> None:
    own = points(LOG, low=low, high=low * ratio)
    value = low * ratio**place
    assert interpolate(value, own) == pytest.approx(100 * math.log(value / low) / math.log(ratio), abs=0.1)


def test_a_logarithm_without_bounds_begins_at_the_positive_values() -> None:
    base = Distribution.from_arrays(np.array([0, 0, 0, 1, 10, 100]))
    found = dimension_knots(base, dimension(LOG))
    assert [round(interpolate(x, found)) for x in (0, 1, 10, 100)] == [0, 0, 50, 100]
    assert dimension_knots(Distribution.from_arrays(np.array([-5, 0])), dimension(LOG)) == ()


def test_steps_are_points_from_a_value_on() -> None:
    own = points(STEPS, steps=STEP_TABLE)
    assert [interpolate(x, own) for x in (-9, 0, 29.9, 30, 89, 90, 999)] == [10, 10, 10, 40, 40, 100, 100]


def test_customers_who_are_all_equal_are_not_measured() -> None:
    equal = Distribution.from_arrays(np.array([7, 7, 7]))
    for transform in (PERCENTILE, LINEAR, LOG, STEPS):
        assert dimension_knots(equal, dimension(transform, steps=STEP_TABLE)) == ()


CHOICES = st.sampled_from(
    [
        *[(kind, way, {}) for kind in (LINEAR, LOG) for way in (HIGHER, LOWER)],
        (STEPS, HIGHER, {"steps": STEP_TABLE}),
        (STEPS, LOWER, {"steps": tuple((x, 100 - s) for x, s in STEP_TABLE)}),
    ]
)


@given(CHOICES, st.lists(st.integers(-50, 1100), min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_the_engine_scores_like_python(choice, values: list[int]) -> None:
    kind, way, more = choice
    own = points(kind, way, **more)
    with Session(threads=1) as session:
        session.connection.execute("CREATE TABLE t (v BIGINT)")
        session.connection.executemany("INSERT INTO t VALUES (?)", [[v] for v in [*values, 0, 30, 90]])
        rows = session.rows(f"SELECT v, {score_sql('v', own)} AS s FROM t")
    for value, score in rows:
        assert score == pytest.approx(interpolate(value, own), abs=0.0051)


@given(CHOICES, st.floats(0, 100), st.booleans())
def test_the_value_for_a_score_reaches_it_and_is_the_least_demanding(
    choice, score: float, whole: bool
) -> None:
    kind, way, more = choice
    own = points(kind, way, **more)
    value = value_for(score, own, way, whole=whole)
    if value is None:
        assert max(s for _x, s in own) < score
        return
    assert interpolate(float(value), own) >= score - 1e-6
    if whole and own[0][0] < value < own[-1][0]:
        easier = value + 1 if way == LOWER else value - 1
        assert interpolate(float(easier), own) <= score + 1e-6


def with_dimensions(*dimensions: Dimension) -> AnalysisSettings:
    return AnalysisSettings(tiers=replace(default_model(), dimensions=dimensions))


def test_a_definition_with_transformations_survives_json() -> None:
    found = with_dimensions(
        replace(dimension(LINEAR, low=1, high=None), code="a"),
        replace(dimension(LOG, LOWER, high=9.5), code="b"),
        replace(dimension(STEPS, steps=STEP_TABLE), code="c"),
    ).check()
    assert AnalysisSettings.from_json(found.to_json()) == found


def test_definitions_from_before_there_was_a_choice_load_and_are_written_unchanged() -> None:
    old = json.loads(AnalysisSettings().to_json())
    assert all("transform" not in d and "low" not in d for d in old["tiers"]["dimensions"])
    assert AnalysisSettings.from_dict(old) == AnalysisSettings()
    assert {d.transform for d in TierModel.from_dict(old["tiers"]).dimensions} == {PERCENTILE}


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (dimension("square"), "transform"),
        (dimension(LINEAR, low=5, high=5), "high"),
        (dimension(LINEAR, low="a"), "low"),
        (dimension(LOG, low=0), "low"),
        (dimension(STEPS, steps=((0, 1),)), "steps"),
        (dimension(STEPS, steps=((0, 1), (0, 2))), "steps"),
        (dimension(STEPS, steps=((0, 50), (9, 20))), "steps"),
        (dimension(STEPS, steps=((0, 50), (9, 120))), "steps.1.1"),
        (replace(dimension(LINEAR), feature="clv"), "feature"),
    ],
)
def test_what_cannot_be_used_is_named(bad: Dimension, field: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_dimensions(bad).check()
    assert f"tiers.dimensions.0.{field}" in [problem.field for problem in caught.value.problems]


def test_predictions_may_be_measured_where_they_are_allowed() -> None:
    found = with_dimensions(replace(dimension(LINEAR), feature="clv"))
    assert found.check(predicted=True) is found


def test_a_calibration_keeps_how_the_base_was_spread(shop) -> None:
    session, features, _as_of = shop
    amount = replace(default_model().dimensions[0], transform=LINEAR)
    found = with_dimensions(amount, *default_model().dimensions[1:])
    fixed, plain = calibrate(session, features, found), calibrate(session, features)
    assert len(fixed.knots["amount"]) == 2
    assert fixed.distribution("amount") == plain.knots["amount"] == plain.distribution("amount")
    assert Calibration.from_json(fixed.to_json()) == fixed
    assert fixed.version != plain.version


def test_every_promise_of_transformed_dimensions_holds(shop) -> None:
    """What would lift a customer is put back into the features and evaluated."""
    session, features, as_of = shop
    default = default_model()
    recency = ((0, 100.0), (30, 70.0), (90, 30.0), (365, 0.0))
    dimensions = (
        replace(default.dimensions[0], transform=LOG),
        replace(default.dimensions[1], transform=LINEAR),
        replace(default.dimensions[2], transform=STEPS, steps=recency),
    )
    model = replace(default, dimensions=dimensions, cut="breaks")
    calibration = calibrate(session, features, AnalysisSettings(tiers=model))
    rows = evaluate(session, features, calibration, as_of).to_pylist()
    assert len({row["raw_tier"] for row in rows}) > 3
    promises = {d.feature: {} for d in dimensions}
    for row in rows:
        found = explain(calibration, row["reasons"], row)
        target = model.number(found.next_tier.code) if found.next_tier else 0
        for reason in found.dimensions:
            if reason.needed is not None:
                promises[reason.feature][row["customer_id"]] = (reason.needed, target)
    assert all(promises.values())
    for feature, lifted in promises.items():
        session.connection.execute(f"CREATE OR REPLACE TABLE lifted AS SELECT * FROM {features}")
        session.connection.executemany(
            f"UPDATE lifted SET {feature} = ? WHERE customer_id = ?",
            [[needed, customer] for customer, (needed, _target) in lifted.items()],
        )
        for row in evaluate(session, "lifted", calibration, as_of).to_pylist():
            if row["customer_id"] in lifted:
                assert row["raw_tier"] >= lifted[row["customer_id"]][1], (feature, row["customer_id"])
