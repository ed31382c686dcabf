"""Churn of customers without a contract: the library's model, or its rule where there is too little."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from zhike.analytics.churn.metrics import brier
from zhike.analytics.churn.orders import feature_columns, score_churn, train_churn
from zhike.analytics.churn.snapshots import labelled
from zhike.analytics.churn.training import ChurnTraining
from zhike.analytics.engine import Session
from zhike.crm.prediction.kinds.base import Comparison, Trained, fill, guard
from zhike.crm.prediction.sources import Sources

TABLE = "scored_churn"
# A new version's Brier score may be higher by this share.
TOLERANCE = 0.02
# Customers that are compared; the same ones for both versions.
COMPARED = 50_000
NOTHING = pa.schema(
    [("customer_id", pa.int64()), ("churn_probability", pa.float64())]
    + [(name, pa.string()) for name in ("status", "reasons")]
)

_opened: tuple[dict[str, Any], ChurnTraining] | None = None


def train(sources: Sources) -> Trained:
    """Learn from snapshots of the past; the newest one was kept aside for the figures."""
    training = train_churn(sources.session, sources.facts, sources.day)
    guards = [guard(code) for code in training.guards]
    data = {"snapshots": training.snapshots, "horizon": training.horizon}
    return Trained(_parameters(training), training.validation, guards, data, _held_out(sources, training))


def _parameters(training: ChurnTraining) -> dict[str, Any]:
    return {**json.loads(training.to_json()), "rules": training.model.kind_ == "rules"}


def _held_out(sources: Sources, training: ChurnTraining) -> dict[str, Any]:
    """The whole training as it would have gone on the day of the newest labelled snapshot."""
    if training.model.kind_ == "rules":
        return {}
    day = training.snapshots[-1]
    earlier = train_churn(sources.session, sources.facts, day, training.horizon)
    return {} if earlier.model.kind_ == "rules" else {"until": day, "parameters": _parameters(earlier)}


def compare(sources: Sources, new: dict[str, Any], active: dict[str, Any], until: int) -> Comparison | None:
    """Brier score of both for the customers as of ``until``, with the new version's horizon."""
    fresh, old = _read(new), _read(active)
    ((customers,),) = sources.session.rows(
        f"SELECT COUNT(DISTINCT customer_id) AS n FROM {sources.facts} WHERE purchase = 1"
    )
    share = min(1.0, COMPARED / max(customers, 1))
    table = labelled(sources.session, sources.facts, [until], fresh.horizon, share)
    columns, left = feature_columns(table), table["churned"].to_numpy() == 1
    if not len(left) or left.all() or not left.any():
        return None
    scores = [float(brier(left, model.predict_proba(columns))) for model in (fresh.model, old.model)]
    return Comparison("brier", scores[0], scores[1], lower_is_better=True, tolerance=TOLERANCE)


def score(sources: Sources, parameters: dict[str, Any]) -> None:
    fill(sources, TABLE, scored, parameters)


def scored(session: Session, facts: str, day: int, parameters: dict[str, Any]) -> pa.Table:
    """Probability, status and reasons. What a customer is worth is said by the value model alone."""
    if "model" not in parameters:
        # Kept while nobody had bought anything: there was not even a rhythm to judge by.
        return NOTHING.empty_table()
    return score_churn(session, facts, day, _training(parameters)).replace_schema_metadata(None)


def warm_up(parameters: dict[str, Any]) -> None:
    """Load what scoring with this version needs, before somebody waits for it."""
    if "model" in parameters:
        _training(parameters)


def _training(parameters: dict[str, Any]) -> ChurnTraining:
    """The stored model; the one opened last is kept open, because events score with it one by one."""
    global _opened
    if _opened is None or _opened[0] is not parameters:
        _opened = (parameters, _read(parameters))
    return _opened[1]


def _read(parameters: dict[str, Any]) -> ChurnTraining:
    kept = {name: value for name, value in parameters.items() if name != "rules"}
    return ChurnTraining.from_json(json.dumps(kept))
