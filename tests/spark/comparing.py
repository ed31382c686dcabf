"""Two engines, one computation: the same steps on both, and a comparison of what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics import AnalysisSettings, Calibration, build, build_facts, calibrate, evaluate
from zhike.analytics.engine import Engine
from zhike.analytics.pareto import ParetoFigures, figures

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Computed:
    """Everything that an analysis finds out."""

    facts: pa.Table
    features: pa.Table
    calibration: Calibration
    pareto: list[ParetoFigures]
    scores: pa.Table


def compute(
    engine: Engine,
    orders: pa.Table,
    as_of: int,
    *,
    customers: pa.Table | None = None,
    states: pa.Table | None = None,
    settings: AnalysisSettings | None = None,
    calibration: Calibration | None = None,
) -> Computed:
    """Facts, features, calibration and evaluation, all on one engine."""
    engine.load("orders", orders)
    build_facts(engine, orders="orders")
    if customers is not None:
        engine.load("customers", customers)
    build(engine, facts="facts", customers="customers" if customers is not None else None, as_of=as_of)
    version = calibration or calibrate(engine, "features", settings)
    evaluate(engine, "features", version, as_of, states, into="scores")
    return Computed(
        engine.sql("SELECT * FROM facts"),
        engine.sql("SELECT * FROM features"),
        version,
        [figures(engine, "features", basis) for basis in ("revenue", "net_revenue")],
        engine.sql("SELECT * FROM scores"),
    )


def assert_same(ours: Computed, theirs: Computed) -> None:
    assert_equal(ours.facts, theirs.facts, "order_id")
    assert_equal(ours.features, theirs.features)
    assert ours.calibration.to_json() == theirs.calibration.to_json()
    assert ours.pareto == theirs.pareto
    assert_equal(ours.scores, theirs.scores)


def assert_equal(ours: pa.Table, theirs: pa.Table, *keys: str) -> None:
    """Same columns, types and rows; integers and texts exactly, doubles to a relative 1e-9."""
    assert [(f.name, f.type) for f in ours.schema] == [(f.name, f.type) for f in theirs.schema]
    assert ours.num_rows == theirs.num_rows
    order = [(key, "ascending") for key in keys or ("customer_id",)]
    ours, theirs = ours.sort_by(order), theirs.sort_by(order)
    for name in ours.column_names:
        left, right = ours[name].combine_chunks(), theirs[name].combine_chunks()
        assert left.is_null().equals(right.is_null()), name
        if pa.types.is_floating(left.type):
            a, b = (np.asarray(one.drop_null()) for one in (left, right))
            np.testing.assert_allclose(a, b, rtol=TOLERANCE, atol=0, err_msg=name)
        else:
            assert left.equals(right), f"{name}: {_first_difference(left, right)}"


def _first_difference(left: Any, right: Any) -> str:
    pairs = zip(left.to_pylist(), right.to_pylist(), strict=True)
    return next(f"{a!r} and {b!r}" for a, b in pairs if a != b)
