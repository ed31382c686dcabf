"""Churn of customers without a contract: the library's model, or its rule where there is too little."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from zhike.analytics.churn.metrics import brier
from zhike.analytics.churn.orders import feature_columns, kept_values, score_churn, train_churn
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

_opened: tuple[dict[str, Any], ChurnTraining] | None = None


def train(sources: Sources) -> Trained:
    """Learn from snapshots of the past; the newest one was kept aside for the figures."""
    training = train_churn(sources.session, sources.facts, sources.day)
    parameters = json.loads(training.to_json())
    parameters["rules"] = training.model.kind_ == "rules"
    guards = [guard(code) for code in training.guards]
    data = {"snapshots": training.snapshots, "horizon": training.horizon}
    return Trained(parameters, training.validation, guards, data)


def compare(sources: Sources, new: dict[str, Any], active: dict[str, Any]) -> Comparison | None:
    """Brier score of both on the newest labelled snapshot, with the new version's horizon."""
    fresh, old = _training(new), _training(active)
    if not fresh.snapshots:
        return None
    day = fresh.snapshots[-1]
    ((customers,),) = sources.session.rows(
        f"SELECT COUNT(DISTINCT customer_id) AS n FROM {sources.facts} WHERE purchase = 1"
    )
    share = min(1.0, COMPARED / max(customers, 1))
    table = labelled(sources.session, sources.facts, [day], fresh.horizon, share)
    columns, left = feature_columns(table), table["churned"].to_numpy() == 1
    if not len(left) or left.all() or not left.any():
        return None
    scores = [float(brier(left, model.predict_proba(columns))) for model in (fresh.model, old.model)]
    return Comparison("brier", scores[0], scores[1], lower_is_better=True, tolerance=TOLERANCE)


def score(sources: Sources, parameters: dict[str, Any]) -> None:
    fill(sources, TABLE, scored, parameters)


def scored(session: Session, facts: str, day: int, parameters: dict[str, Any]) -> pa.Table:
    """Probability, status, reasons; ``value_kept`` over a year serves where no value model speaks."""
    training = _training(parameters)
    session.load("_churn", score_churn(session, facts, day, training))
    session.load("_kept", kept_values(session, facts, day, training))
    year = 365.25 / training.horizon
    found = session.connection.execute(
        "SELECT c.customer_id, c.churn_probability, c.status, c.reasons, "
        f"CAST(round(k.value * {year}) AS BIGINT) AS value_kept "
        "FROM _churn c LEFT JOIN _kept k ON k.customer_id = c.customer_id"
    ).to_arrow_table()
    session.drop("_churn")
    session.drop("_kept")
    return found


def warm_up(parameters: dict[str, Any]) -> None:
    """Load what scoring with this version needs, before somebody waits for it."""
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
