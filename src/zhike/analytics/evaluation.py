"""Evaluate: score customers, one or all, with a calibrated version. The same SQL text at any size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from zhike.analytics.calibration import Calibration
from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.session import identifier
from zhike.analytics.features.build import build
from zhike.analytics.features.facts import build_facts
from zhike.analytics.lifecycle import expected_gap_sql, stage_sql
from zhike.analytics.literals import number
from zhike.analytics.pareto import abc_sql
from zhike.analytics.rfm import score_sql as rfm_score_sql
from zhike.analytics.rfm import segment_sql
from zhike.analytics.tiers.measures import measure
from zhike.analytics.tiers.model import Dimension, TierModel
from zhike.analytics.tiers.score import TOTAL_DIGITS, Knot, score_sql
from zhike.analytics.tiers.state import next_state_sql, opening_sql

SCORE_COLUMNS = (
    "customer_id",
    "as_of",
    "r_score",
    "f_score",
    "m_score",
    "rfm_segment",
    "abc_class",
    "lifecycle",
    "expected_gap",
    "overdue_ratio",
    "tier",
    "tier_score",
    "raw_tier",
    "pending_since",
    "opening_tier",
    "opening_pending_since",
    "reasons",
)
SCORED = "profiled AND frequency > 0"


def evaluate(
    session: Engine,
    features: str,
    calibration: Calibration,
    as_of: int,
    states: Any = None,
    *,
    into: str | None = None,
) -> Any:
    """Score every row of a feature table (built for the same ``as_of``).

    ``states`` is the prior tier state: a relation's name or Arrow data with ``tiers.state.STATE_COLUMNS``,
    None when nobody has one. Returns an Arrow table of ``SCORE_COLUMNS`` and all features, or, with
    ``into``, stores it under that name in the session and returns the name.
    """
    relation = _states(session, states)
    carried = tuple(c for c in session.columns(features) if c not in {"customer_id", "as_of"})
    text = evaluation_sql(calibration, features, carried, int(as_of), relation)
    try:
        return session.create(into, text) if into else session.sql(text)
    finally:
        if relation == "_states":
            session.unregister("_states")


def rescore(
    session: Engine, calibration: Calibration, *, orders: Any, customers: Any, as_of: int, states: Any = None
) -> Any:
    """Score the customers of ``customers`` from their orders (Arrow data): the path after an event."""
    session.register("_orders", orders)
    session.register("_customers", customers)
    build_facts(session, orders="_orders", into="_facts")
    build(session, facts="_facts", customers="_customers", as_of=as_of, into="_features")
    return evaluate(session, "_features", calibration, as_of, states)


def _states(session: Engine, states: Any) -> str | None:
    if states is None or isinstance(states, str):
        return states
    return session.register("_states", states)


def evaluation_sql(
    calibration: Calibration, features: str, carried: tuple[str, ...], as_of: int, states: str | None
) -> str:
    """The portable SELECT behind ``evaluate``."""
    return _cached_sql(
        calibration.to_json(), identifier(features), carried, as_of, identifier(states) if states else None
    )


@lru_cache(maxsize=64)
def _cached_sql(
    calibration_json: str, features: str, carried: tuple[str, ...], as_of: int, states: str | None
) -> str:
    calibration = Calibration.from_json(calibration_json)
    model = calibration.model
    opening = (
        opening_sql(as_of, len(model.tiers))
        if states
        else "CAST(NULL AS SMALLINT) AS opening_tier, CAST(NULL AS INT) AS opening_pending_since"
    )
    joined = f"LEFT JOIN {states} AS s ON s.customer_id = f.customer_id" if states else ""
    kept = ", ".join(identifier(c) for c in carried)
    final = ", ".join(c for c in SCORE_COLUMNS if c not in {"tier", "pending_since"})
    return (
        f"WITH base AS (SELECT f.*, {SCORED} AS scored, {opening} FROM {features} AS f {joined}), "
        f"measured AS (SELECT b.*, {_measures(calibration)} FROM base AS b), "
        f"rated AS (SELECT m.*, {_ratings(calibration)} FROM measured AS m), "
        f"ranked AS (SELECT r.*, {stage_sql(calibration.rhythm)} AS lifecycle, "
        f"{_raw_tier_sql(calibration.tier_cuts)} AS raw_tier FROM rated AS r) "
        f"SELECT {final}, {next_state_sql(as_of, model.grace_days)}, {kept} FROM ranked"
    )


def _measures(calibration: Calibration) -> str:
    rfm = calibration.rfm
    parts = {
        "r_score": rfm_score_sql("recency_days", rfm.recency, reverse=True),
        "f_score": rfm_score_sql("frequency", rfm.frequency),
        "m_score": rfm_score_sql(rfm.basis, rfm.monetary),
    }
    columns = [
        f"CAST(CASE WHEN scored THEN {sql} ELSE 0 END AS SMALLINT) AS {name}" for name, sql in parts.items()
    ]
    columns.append(f"{expected_gap_sql(calibration.rhythm)} AS expected_gap")
    columns += [
        f"{score_sql(d.feature, points)} AS {_score_name(d.code)}"
        for d, points in _active(calibration.model, calibration.knots)
    ]
    return ", ".join(columns)


def _ratings(calibration: Calibration) -> str:
    model, active = calibration.model, _active(calibration.model, calibration.knots)
    columns = {d.code: _score_name(d.code) for d, _points in active}
    return (
        f"{segment_sql(calibration.rfm)} AS rfm_segment, "
        f"CASE WHEN scored THEN {abc_sql(calibration.abc)} ELSE '' END AS abc_class, "
        "CAST(recency_days AS DOUBLE) / expected_gap AS overdue_ratio, "
        f"CASE WHEN scored THEN {_total(model, columns)} END AS tier_score, "
        f"CASE WHEN scored THEN {_reasons(model, columns)} ELSE '[]' END AS reasons"
    )


def _active(
    model: TierModel, points: Mapping[str, tuple[Knot, ...]]
) -> list[tuple[Dimension, tuple[Knot, ...]]]:
    """Dimensions that tell customers apart; the weights of the others go to these."""
    return [(d, points[d.code]) for d in model.dimensions if points[d.code]]


def _score_name(code: str) -> str:
    return f"score_of_{identifier('d_' + code)}"


def _total(model: TierModel, columns: Mapping[str, str]) -> str:
    """The weighted mean over the known dimensions; 0 when none is known."""
    weights = {d.code: number(d.weight) for d in model.dimensions if d.code in columns}
    if not weights:
        return "CAST(0 AS DOUBLE)"
    summed = " + ".join(f"COALESCE({columns[c]}, 0) * CAST({w} AS DOUBLE)" for c, w in weights.items())
    known = " + ".join(
        f"CASE WHEN {columns[c]} IS NULL THEN 0 ELSE CAST({w} AS DOUBLE) END" for c, w in weights.items()
    )
    return f"COALESCE(ROUND(({summed}) / NULLIF({known}, 0), {TOTAL_DIGITS}), 0)"


def tier_score_sql(model: TierModel, points: Mapping[str, tuple[Knot, ...]]) -> str:
    """The tier score straight from features, as calibration needs it."""
    return _total(model, {d.code: score_sql(d.feature, found) for d, found in _active(model, points)})


def _reasons(model: TierModel, columns: Mapping[str, str]) -> str:
    parts = ["'['"]
    for place, dimension in enumerate(model.dimensions):
        lead = "," if place else ""
        raw = _text(dimension.feature, measure(dimension.feature).type)
        score = _text(columns[dimension.code], "DOUBLE") if dimension.code in columns else "'null'"
        parts += [f'\'{lead}{{"d":"{dimension.code}","raw":\'', raw, "',\"score\":'", score, "'}'"]
    return f"CONCAT({', '.join(parts)}, ']')"


def _text(column: str, kind: str) -> str:
    """A number as JSON; the inner cast tells every dialect that a double is to be written."""
    value = f"CAST({column} AS DOUBLE)" if kind == "DOUBLE" else column
    return f"COALESCE(CAST({value} AS STRING), 'null')"


def _raw_tier_sql(cuts: tuple[float | None, ...]) -> str:
    """The deserved tier: by score, but never above the lowest without net revenue."""
    arms = " ".join(
        f"WHEN tier_score >= {number(cut)} THEN {place + 1}"
        for place, cut in reversed(list(enumerate(cuts)))
        if place and cut is not None
    )
    return f"CAST(CASE WHEN NOT scored THEN 0 WHEN net_revenue <= 0 THEN 1 {arms} ELSE 1 END AS SMALLINT)"
