"""Purchase rhythm: each customer's own gaps, shrunk to those of the base as they were at the training."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.cycles.gaps import Gaps
from zhike.analytics.cycles.report import evaluate_cycles
from zhike.analytics.cycles.rhythm import SCHEMA, CycleSettings, Rhythms, cycle_table
from zhike.analytics.engine import Session
from zhike.crm.prediction.kinds import need
from zhike.crm.prediction.kinds.base import Comparison, Trained, fill, guard
from zhike.crm.prediction.sources import Sources

TABLE = "scored_rhythm"
SETTINGS = CycleSettings()
MIN_REPEATERS = 30
WINDOW_DAYS = 90
# The stored curve of scaled gaps has at most so many points.
POINTS, NEED_POINTS = 10_000, 2_000
TOLERANCE = 0.02
# Larger bases are learned from this many customers.
SAMPLE = 500_000


def train(sources: Sources) -> Trained:
    """What the gaps of everybody teach, and how close the dates of the last quarter would have come."""
    facts = sources.sample(SAMPLE)
    customers, gaps = _gaps(sources.session, facts, sources.day)
    repeaters = int((gaps.counts > 0).sum())
    learned = Rhythms.learn(gaps, SETTINGS)
    if learned is None or repeaters < MIN_REPEATERS:
        return Trained(
            {"rules": True}, guards=[guard("few_repeaters", customers=repeaters, needed=MIN_REPEATERS)]
        )
    window = _window(sources)
    report = evaluate_cycles(
        sources.session, facts, sources.day - window, sources.day, settings=SETTINGS
    ).to_dict()
    data = {"repeaters": repeaters, "gaps": len(gaps.days), "buyers": len(customers)}
    guards = _guards(report, gaps)
    parameters = _parameters(learned) | {"need": need.learn(sources, SETTINGS, _stored)}
    tested = {"window": window, "need": need.test(sources, SETTINGS) if parameters["need"] else None}
    return Trained(parameters, report | tested, guards, data, _held_out(sources, sources.day - window))


def _held_out(sources: Sources, until: int) -> dict[str, Any]:
    """The same learned from the gaps that had ended on the day ``until``."""
    _customers, gaps = _gaps(sources.session, sources.sample(SAMPLE), until)
    learned = Rhythms.learn(gaps, SETTINGS)
    return {} if learned is None else {"until": until, "parameters": _parameters(learned)}


def compare(sources: Sources, new: dict[str, Any], active: dict[str, Any], until: int) -> Comparison | None:
    """Mean absolute error in days of the next orders after ``until``, each with its own parameters."""
    fresh, old = (_error(sources, parameters, until) for parameters in (new, active))
    if fresh is None or old is None:
        return None
    return Comparison("mae", fresh, old, lower_is_better=True, tolerance=TOLERANCE)


def score(sources: Sources, parameters: dict[str, Any]) -> None:
    fill(sources, TABLE, scored, parameters)
    need.score(sources, parameters, _rhythms)


def score_need(session: Session, lines: str, day: int, parameters: dict[str, Any]) -> None:
    """What the customers of ``lines`` will need, as for everybody."""
    need.insert(session, lines, day, parameters, _rhythms)


def scored(session: Session, facts: str, day: int, parameters: dict[str, Any]) -> pa.Table:
    """The library's table of cycles, with the population's figures of the training."""
    table = _cycles(session, facts, day, parameters)
    return table.drop_columns(["gaps"]) if "gaps" in table.column_names else table


def _cycles(session: Session, facts: str, day: int, parameters: dict[str, Any]) -> pa.Table:
    if parameters.get("rules"):
        return SCHEMA.empty_table()
    customers, gaps = _gaps(session, facts, day)
    return cycle_table(customers, gaps, _rhythms(parameters), day, SETTINGS)


def _gaps(session: Session, facts: str, day: int) -> tuple[np.ndarray, Gaps]:
    found = session.sql(f"SELECT customer_id, day FROM {facts} WHERE purchase = 1 AND day <= {int(day)}")
    customers, owner = np.unique(found["customer_id"].to_numpy(), return_inverse=True)
    return customers, Gaps.of(owner, found["day"].to_numpy())


def _parameters(learned: Rhythms) -> dict[str, Any]:
    return {**_stored(learned, POINTS), "settings": asdict(SETTINGS)}


def _stored(learned: Rhythms, points: int = NEED_POINTS) -> dict[str, Any]:
    scaled = learned.scaled
    if len(scaled) > points:
        scaled = scaled[np.linspace(0, len(scaled) - 1, points).astype(int)]
    return {
        "mean_log": learned.mean_log,
        "pseudo_gaps": learned.pseudo_gaps,
        "stretch": learned.stretch,
        "scaled": scaled.tolist(),
    }


def _rhythms(parameters: dict[str, Any]) -> Rhythms:
    return Rhythms(
        parameters["mean_log"],
        parameters["pseudo_gaps"],
        parameters["stretch"],
        np.asarray(parameters["scaled"], dtype=np.float64),
    )


def _window(sources: Sources) -> int:
    """A quarter of the time seen, at most 90 days."""
    ((first,),) = sources.session.rows(f"SELECT MIN(day) AS first FROM {sources.facts} WHERE purchase = 1")
    return max(1, min(WINDOW_DAYS, (sources.day - (first or sources.day)) // 4))


def _error(sources: Sources, parameters: dict[str, Any], at: int) -> float | None:
    session, facts = sources.session, sources.sample(SAMPLE)
    session.load("_forecast", _cycles(session, facts, at, parameters))
    ((error,),) = session.connection.execute(
        "SELECT avg(abs(f.next_expected - later.day)) FROM _forecast f JOIN "
        f"(SELECT customer_id, MIN(day) AS day FROM {facts} WHERE purchase = 1 AND day > {int(at)} "
        "GROUP BY customer_id) later ON later.customer_id = f.customer_id WHERE f.next_expected IS NOT NULL"
    ).fetchall()
    session.drop("_forecast")
    return None if error is None else float(error)


def _guards(report: dict[str, Any], gaps: Gaps) -> list[dict[str, Any]]:
    found = []
    scores = report["scores"]
    own, naive = scores["own rhythm"]["all"], scores["global median"]["all"]
    if own["customers"] < MIN_REPEATERS:
        found.append(guard("untested", customers=own["customers"]))
    elif own["mae"] >= naive["mae"]:
        found.append(guard("no_better_than_naive"))
    share = float((gaps.counts == 0).mean())
    if share > 0.5:
        found.append(guard("mostly_one_time", percent=round(100 * share)))
    return found
