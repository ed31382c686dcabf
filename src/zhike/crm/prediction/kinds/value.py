"""Customer value: purchase model and spend model, with the company's margin where its costs are known.

Below the guards nothing is fitted and nothing is said of a customer's value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.clv.backtest import backtest
from zhike.analytics.clv.choice import holdout_start
from zhike.analytics.clv.guards import purchase_guards, refusal, spend_guards
from zhike.analytics.clv.horizons import day_number
from zhike.analytics.clv.kept import value_if_kept
from zhike.analytics.clv.margins import PRIOR_PURCHASES, contribution_rates, rfm_table
from zhike.analytics.clv.settings import ValueSettings
from zhike.analytics.clv.stored import from_json, frozen_deviance, to_json
from zhike.analytics.clv.table import RFMTable
from zhike.analytics.clv.value import CustomerValue
from zhike.analytics.engine import Session
from zhike.analytics.guards import Guard
from zhike.crm.insight import days
from zhike.crm.prediction.kinds.base import Comparison, Trained, fill, guard
from zhike.crm.prediction.sources import Sources

TABLE = "scored_value"
SETTINGS = ValueSettings()
# A new version's deviance may be higher by this share.
TOLERANCE = 0.02
UNITS = 10_000
# Customers on whom two versions are compared; always the same ones.
SAMPLE = 50_000


def train(sources: Sources) -> Trained:
    """Choose and fit on the whole base, and try the same choice on the part of the past kept from it."""
    table = rfm_table(sources.session, sources.facts, sources.day)
    refused = refusal(table, SETTINGS)
    if refused is not None:
        return Trained({"rules": True}, guards=_guards([refused]))
    rates = contribution_rates(sources.session, sources.facts, sources.day, table["customer_id"])
    value = _new().fit(table)
    tried = backtest(value, table)
    parameters = {
        **to_json(value),
        "basis": "margin" if rates.basis == "margin" else "revenue",
        "rate": rates.base,
        "known_costs": rates.known,
        "prior_revenue": PRIOR_PURCHASES * float(table["spend"].sum()) / float((table["x"] + 1).sum()),
    }
    guards = [*purchase_guards(value, table, tried), *spend_guards(value, rates)]
    tested = tried.to_dict() if tried else {}
    return Trained(parameters, tested, _guards(guards), held_out=_held_out(table.sample(SAMPLE)))


def _new() -> CustomerValue:
    return CustomerValue(
        horizon=f"{SETTINGS.horizon_months} months", discount=SETTINGS.discount, interval=SETTINGS.interval
    )


def _held_out(table: RFMTable) -> dict[str, Any]:
    """Chosen and fitted on all but the last quarter of the past, a year at most."""
    at = holdout_start(table)
    if day_number(at) <= int(table["first_day"].min()):
        return {}
    known = table.split(at).calibration
    if refusal(known, SETTINGS) is not None:
        return {}
    return {"until": day_number(at), "parameters": to_json(_new().fit(known))}


def compare(sources: Sources, new: dict[str, Any], active: dict[str, Any], until: int) -> Comparison | None:
    """Deviance of both forecasts of the purchases after ``until``, each with its parameters as they are."""
    table = rfm_table(sources.session, sources.facts, sources.day).sample(SAMPLE)
    if refusal(table, SETTINGS) is not None:
        return None
    at = days.day_of(until)
    found = [frozen_deviance(from_json(parameters), table, at) for parameters in (new, active)]
    return Comparison("deviance", found[0], found[1], lower_is_better=True, tolerance=TOLERANCE)


def score(sources: Sources, parameters: dict[str, Any]) -> None:
    fill(sources, TABLE, scored, parameters)


def scored(session: Session, facts: str, day: int, parameters: dict[str, Any]) -> pa.Table:
    """One row per customer with a purchase: probabilities, expected orders, money in units."""
    if parameters.get("rules"):
        return _nothing()
    table = rfm_table(session, facts, day)
    if not table.days.num_rows:
        return _nothing()
    value = from_json(parameters, margin=_rates(session, facts, day, table, parameters))
    found = value.predict(table)
    return pa.table(
        {
            "customer_id": found["customer_id"],
            "p_active": found["p_active"],
            "expected_orders": found["expected_orders"],
            **{name: _money(found[name].to_numpy()) for name in ("clv", "clv_low", "clv_high")},
            "value_kept": _money(value_if_kept(value, table)),
        }
    )


def _rates(session: Session, facts: str, day: int, table: RFMTable, parameters: dict[str, Any]) -> np.ndarray:
    """What stays of each customer's revenue: its own share, drawn toward the base's as it was at the
    training, so that one customer is scored as all are."""
    by_margin = parameters["basis"] == "margin"
    known = "cost IS NOT NULL" if by_margin else "TRUE"
    left = "revenue - returned - cost" if by_margin else "revenue - returned"
    own = session.sql(
        f"SELECT customer_id, CAST(SUM(CASE WHEN {known} THEN revenue ELSE 0 END) AS DOUBLE) AS seen, "
        f"CAST(SUM(CASE WHEN {known} THEN {left} ELSE 0 END) AS DOUBLE) AS kept "
        f"FROM {facts} WHERE day <= {int(day)} GROUP BY customer_id"
    )
    place = table.customer_positions(own["customer_id"])
    here = place >= 0
    seen, kept = np.zeros(len(table["x"])), np.zeros(len(table["x"]))
    seen[place[here]] = own["seen"].to_numpy()[here]
    kept[place[here]] = own["kept"].to_numpy()[here]
    prior = parameters["prior_revenue"] * UNITS
    rates: np.ndarray = np.maximum((prior * parameters["rate"] + kept) / np.maximum(prior + seen, 1e-9), 0.0)
    return rates


def _guards(found: list[Guard]) -> list[dict[str, Any]]:
    return [guard(one.code, **one.values) for one in found]


def _money(values: np.ndarray) -> pa.Array:
    """Money in units of 1/10,000, as the lake keeps it."""
    return pa.array(np.round(np.minimum(values, 1e13) * UNITS).astype(np.int64))


def _nothing() -> pa.Table:
    columns = {"customer_id": pa.int64(), "p_active": pa.float64(), "expected_orders": pa.float64()}
    money = dict.fromkeys(("clv", "clv_low", "clv_high", "value_kept"), pa.int64())
    return pa.schema(list((columns | money).items())).empty_table()
