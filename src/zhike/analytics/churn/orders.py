"""Churn of customers without a contract: trained on order history, scored in the engine.

A customer churns at snapshot t by buying nothing in (t, t + H]. The model learns from several snapshots,
proves itself on the newest one after learning only from those whose labels had ended by then, and then learns
from all. Customers in their first 30 days are "new" and stay apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.churn import guards as rule
from zhike.analytics.churn.columns import Columns
from zhike.analytics.churn.features import FEATURES
from zhike.analytics.churn.metrics import Floats, deciles, psi, shares
from zhike.analytics.churn.model import CHUNK, MAX_ROWS, ChurnModel
from zhike.analytics.churn.report import by_group, evaluate_churn
from zhike.analytics.churn.snapshots import (
    NEW_DAYS,
    default_horizon,
    features_sql,
    labelled,
    snapshot_days,
)
from zhike.analytics.churn.training import ChurnTraining
from zhike.analytics.engine.session import Session, identifier

STATUSES = ("scored", "lost", "new", "too_little")
# Silent for so many own pauses, and for longer than the horizon: gone already, to be won back.
LOST_RATIO = 4.0
# How many pauses of the population are mixed into everybody's own rhythm.
PRIOR_GAPS = 2.0
TOP = 3


def train_churn(
    session: Session,
    facts: str,
    as_of: int,
    horizon: int | None = None,
    *,
    snapshots: Sequence[int] | None = None,
    kind: str = "auto",
    seed: int = 0,
) -> ChurnTraining:
    """Learn from the orders up to day ``as_of`` who comes back within ``horizon`` days.

    ``facts`` as of :func:`zhike.analytics.build_facts`. Without ``horizon`` it is max(90, 90th percentile of
    the pauses); without ``snapshots`` they are up to five, the newest one's labels ending on ``as_of``.
    Raises ValueError for a snapshot whose labels would end later.
    """
    horizon = int(horizon or default_horizon(session, facts, as_of))
    days = sorted(snapshots) if snapshots is not None else snapshot_days(session, facts, as_of, horizon)
    rhythm = _population_gap(session, facts, as_of, horizon)
    if not days:
        return ChurnTraining(_silent(), horizon, {}, ["short_history"], [], as_of, rhythm)
    if days[-1] + horizon > as_of:
        raise ValueError("the labels of the newest snapshot would end after as_of")
    table = labelled(session, facts, days, horizon, _share(session, facts, as_of, len(days)))
    table = table.sort_by([("snapshot", "ascending"), ("customer_id", "ascending")])
    columns, churned, groups, when = _arrays(table)
    past = when + horizon <= days[-1]
    model = ChurnModel(kind, seed=seed).fit(columns, churned, groups, when == days[-1], past)
    validation, test = _validate(model, columns, churned, groups, when, days, horizon, rhythm)
    guards = _guards(model, validation, test)
    return ChurnTraining(
        model, horizon, validation, guards, days, as_of, rhythm,
        _reference(model, {n: v[when == days[-1]] for n, v in columns.items()}),
    )  # fmt: skip


def _guards(model: ChurnModel, validation: dict[str, Any], test: list[str]) -> list[str]:
    """Those of the model and of its test. An AUC that is high because those long gone are easy to tell is no
    leak: it is doubted where the model is as good on those who are still here."""
    here = validation.get("still_here") or {}
    honest = here.get("auc") is not None and here["auc"] <= rule.SUSPICIOUS_AUC
    found = [code for code in model.guards_ if not (honest and code in ("suspicious_auc", "possible_leak"))]
    return found + [code for code in test if code not in found]


def _silent() -> ChurnModel:
    nothing = {name: np.empty(0) for name in FEATURES}
    return ChurnModel().fit(nothing, np.empty(0, dtype=bool))


def _share(session: Session, facts: str, as_of: int, snapshots: int) -> float:
    """Share of the customers that gives about as many rows as the model learns from."""
    ((customers,),) = session.rows(
        f"SELECT COUNT(*) AS customers FROM (SELECT customer_id FROM {identifier(facts)} "
        f"WHERE purchase = 1 AND day <= {int(as_of)} GROUP BY customer_id) AS everybody"
    )
    return min(1.0, MAX_ROWS / max(customers * snapshots, 1))


def _population_gap(session: Session, facts: str, as_of: int, horizon: int) -> float:
    """Median of the customers' own mean pauses; the horizon while nobody has bought twice."""
    rows = session.rows(
        f"SELECT CAST(SUM(gap_days) AS DOUBLE) / COUNT(gap_days) AS gap FROM {identifier(facts)} "
        f"WHERE gap_days IS NOT NULL AND day <= {int(as_of)} GROUP BY customer_id"
    )
    return float(np.median([gap for (gap,) in rows])) if rows else float(horizon)


def _arrays(table: pa.Table) -> tuple[Columns, Any, Any, Any]:
    return (
        feature_columns(table),
        table["churned"].to_numpy() == 1,
        table["customer_id"].to_numpy(),
        table["snapshot"].to_numpy(),
    )


def feature_columns(table: pa.Table) -> Columns:
    """The churn features of an Arrow table as doubles, nan where unknown."""
    return {
        name: pc.fill_null(table[name].cast(pa.float64(), safe=False), float("nan")).to_numpy()
        for name in FEATURES
    }


def _validate(
    model: ChurnModel,
    columns: Columns,
    churned: Any,
    groups: Any,
    when: Any,
    days: list[int],
    horizon: int,
    rhythm: float,
) -> tuple[dict[str, Any], list[str]]:
    """Learn from the snapshots whose labels ended before the newest one, forecast that one, compare."""
    if model.kind_ == "rules":
        return {}, []
    past = np.isin(when, [day for day in days if day + horizon <= days[-1]])
    judge = ChurnModel(model.kind_, seed=model.seed)
    if past.any():
        judge.fit({n: v[past] for n, v in columns.items()}, churned[past], groups[past])
    if not past.any() or judge.kind_ == "rules":
        return {"method": "customers", **model.metrics_}, ["no_time_validation"]
    last = when == days[-1]
    test = {name: values[last] for name, values in columns.items()}
    once, p = test["purchase_days"] == 1, judge.predict_proba(test)
    found = evaluate_churn(
        churned[last],
        p,
        groups=np.where(once, "one_time", "repeat"),
        baselines={"recency": test["recency_days"], "frequency": -test["frequency"]},
        lost=test["revenue_90"],
        value=test["revenue_90"],
    )
    learned = [day for day in days if day + horizon <= days[-1]]
    found |= {"method": "time", "kind": judge.kind_, "learned_from": learned, "tested_on": days[-1]}
    here = ~_gone(test, horizon, rhythm)
    found["still_here"] = by_group(churned[last][here], p[here], np.full(here.sum(), "still_here")).get(
        "still_here"
    )
    one_time = found["groups"].get("one_time", {}).get("auc")
    return found, ["one_time_unpredictable"] if one_time is not None and one_time < rule.WEAK_AUC else []


def _reference(model: ChurnModel, columns: Columns) -> dict[str, list[float]]:
    if model.kind_ == "rules":
        return {}
    p = model.predict_proba(columns)
    cuts = deciles(p)
    return {"cuts": cuts, "shares": shares(p, cuts)}


def score_churn(
    session: Session, facts: str, as_of: int, training: ChurnTraining, *, reasons: bool = True
) -> pa.Table:
    """Everybody with a purchase up to day ``as_of``, in the order of their numbers.

    Columns: customer_id BIGINT; churn_probability DOUBLE, of buying nothing in the next horizon (null for
    "new" and "too_little"); status one of STATUSES; reasons VARCHAR, JSON [{"f": code of FEATURES,
    "v": value, "e": effect on the probability}], strongest first. The schema's metadata
    ``churn`` holds the drift as JSON {"psi", "guards"}.
    """
    table = session.sql(features_sql(facts, [as_of])).sort_by("customer_id")
    columns = feature_columns(table)
    status = _status(columns, training)
    p = np.full(len(status), np.nan)
    texts = np.full(len(status), "[]", dtype=object)
    if training.model.kind_ != "rules":
        scored = np.flatnonzero((status == "scored") | (status == "lost"))
        for part in np.split(scored, range(CHUNK, len(scored), CHUNK)):
            rows = {name: values[part] for name, values in columns.items()}
            if reasons:
                p[part], texts[part] = _explained(training.model, rows)
            else:
                p[part] = training.model.predict_proba(rows)
    elif reasons:
        texts[:] = list(_rule_reasons(columns["silence_ratio"]))
    drift = json.dumps(_drift(training, p[~np.isnan(p)]))
    result = pa.table({
        "customer_id": table["customer_id"],
        "churn_probability": pa.array(p, from_pandas=True),
        "status": pa.array(status, pa.string()),
        "reasons": pa.array(texts, pa.string()),
    })  # fmt: skip
    return result.replace_schema_metadata({"churn": drift})


def _status(columns: Columns, training: ChurnTraining) -> Any:
    gone = _gone(columns, training.horizon, training.rhythm)
    unknown = "too_little" if training.model.kind_ == "rules" else "scored"
    return np.where(
        columns["tenure_days"] < NEW_DAYS, "new", np.where(gone, "lost", unknown)
    ).astype(object)  # fmt: skip


def _gone(columns: Columns, horizon: int, rhythm: float) -> Any:
    """Silent for longer than the horizon and than several own pauses."""
    silent = columns["recency_days"]
    return (silent > horizon) & (silent > LOST_RATIO * own_gap(columns, rhythm))


def own_gap(columns: Columns, rhythm: float) -> Floats:
    """Expected days between purchases: the own pauses and two of the population's, averaged."""
    gaps = columns["purchase_days"] - 1
    own = columns["tenure_days"] - columns["recency_days"]
    return (own + PRIOR_GAPS * rhythm) / (gaps + PRIOR_GAPS)


def kept_value(columns: Columns, rhythm: float, horizon: int) -> Floats:
    """Net revenue expected within the horizon from a customer who stays: at least one purchase.

    Average net purchase day times the purchases of the own rhythm. It contains no churn.
    """
    average = np.maximum(columns["revenue"] - columns["returns"], 0) / columns["purchase_days"]
    return average * np.maximum(1.0, horizon / np.maximum(own_gap(columns, rhythm), 1.0))


def kept_values(
    session: Session, facts: str, as_of: int, training: ChurnTraining, horizon: int | None = None
) -> pa.Table:
    """customer_id BIGINT, value BIGINT (1/10,000) by :func:`kept_value` over ``horizon`` days (default: the
    training's); times a margin rate where known."""
    table = session.sql(features_sql(facts, [as_of])).sort_by("customer_id")
    value = kept_value(feature_columns(table), training.rhythm, horizon or training.horizon)
    return pa.table({"customer_id": table["customer_id"], "value": np.rint(value).astype(np.int64)})


def _explained(model: ChurnModel, columns: Columns) -> tuple[Floats, Any]:
    p, names, place, effect = model.reasons(columns, TOP)
    values = np.column_stack([columns[name] for name in names])
    chosen = np.take_along_axis(values, place, axis=1)
    parts = [
        pc.binary_join_element_wise(
            pa.array(np.array([f'{{"f":"{name}","v":' for name in names], dtype=object)).take(
                pa.array(place[:, i])
            ),
            _numbers(chosen[:, i], 4),
            pa.scalar(',"e":'),
            _numbers(effect[:, i], 4),
            pa.scalar("}"),
            "",
        )
        for i in range(place.shape[1])
    ]
    inner = pc.binary_join_element_wise(*parts, ",")
    whole = pc.binary_join_element_wise(pa.scalar("["), inner, pa.scalar("]"), "")
    return p, whole.to_numpy(zero_copy_only=False)


def _numbers(values: Floats, digits: int) -> pa.Array:
    """Numbers as JSON writes them; null where unknown."""
    known = np.round(values, digits) + 0.0
    whole = np.where(np.isnan(known) | (np.abs(known) > 1e15), 0, known)
    integral = whole == np.floor(whole)
    texts = pc.if_else(
        pa.array(integral),
        pa.array(whole.astype(np.int64)).cast(pa.string()),
        pa.array(whole).cast(pa.string()),
    )
    return pc.if_else(pa.array(np.isnan(known)), "null", texts)


def _rule_reasons(ratios: Floats) -> Iterator[str]:
    for ratio in ratios.tolist():
        yield "[]" if ratio != ratio else f'[{{"f":"silence_ratio","v":{round(ratio, 4)},"e":null}}]'


def _drift(training: ChurnTraining, p: Floats) -> dict[str, Any]:
    if not training.reference or not len(p):
        return {"psi": None, "guards": []}
    found = psi(training.reference["shares"], shares(p, training.reference["cuts"]))
    return {"psi": found, "guards": ["stale"] if found > rule.MAX_PSI else []}
