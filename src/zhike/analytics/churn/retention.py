"""The retention list: whom to approach, in which order, with what, and from which probability on it pays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from zhike.analytics.churn.profit import break_even, expected_profit, value_at_risk
from zhike.analytics.words import Words

ACTIONS: dict[str, Words] = {
    "offer": Words("Make a retention offer", "提供挽留优惠"),
    "win_back": Words("Win back", "召回"),
    "watch": Words("Keep an eye on: an offer would not pay", "继续关注：优惠不划算"),
    "decide": Words("Costs are unknown: decide case by case", "成本未知：请逐个判断"),
    "none": Words("Leave alone", "无需行动"),
}
# Riskier than so many times the average and not worth an offer: watched.
WATCH_LIFT = 1.5


def retention_list(
    scores: pa.Table,
    value: Any,
    *,
    offer: float | None,
    contact: float | None,
    save_rate: float | None,
    take_rate: float = 1.0,
    budget: float | None = None,
) -> pa.Table:
    """Customers of ``scores`` (from ``score_churn``) that have a probability, the most profitable first.

    ``value`` (one per row of ``scores``) is the margin over the horizon if kept, in any unit, and so are the
    costs; a cost that nobody entered is None, and then profit and break-even are null, the order is by value
    at risk and the action "decide". ``budget`` limits the expected cost of the offers, taken in the order of
    profit per cost. Columns: customer_id, churn_probability, value, value_at_risk, break_even,
    expected_profit, action (code of ACTIONS).
    """
    p = scores["churn_probability"].to_numpy(zero_copy_only=False).astype(np.float64)
    value = np.asarray(value, dtype=np.float64)
    rows = np.flatnonzero(~np.isnan(p) & np.isfinite(value))
    p, value = p[rows], value[rows]
    status = scores["status"].to_numpy(zero_copy_only=False)[rows]
    customer = scores["customer_id"].to_numpy()[rows]
    risk = value_at_risk(p, value)
    if offer is None or contact is None or save_rate is None:
        edge = profit = np.full(len(p), np.nan)
        action = np.where(status == "lost", "win_back", "decide")
        order = np.lexsort((customer, -risk))
    else:
        edge = break_even(value, offer, contact, save_rate, take_rate)
        profit = expected_profit(p, value, offer, contact, save_rate, take_rate)
        cost = contact + offer * (p * save_rate + (1 - p) * take_rate)
        ratio = profit / np.maximum(cost, 1e-12)
        order = np.lexsort((customer, -(profit if budget is None else ratio)))
        pays = _affordable(profit > 0, cost, order, budget)
        risky = p > WATCH_LIFT * p.mean() if len(p) else p > 0
        action = np.where(
            pays, np.where(status == "lost", "win_back", "offer"), np.where(risky, "watch", "none")
        )
    columns = {
        "customer_id": customer, "churn_probability": p, "value": value, "value_at_risk": risk,
        "break_even": edge, "expected_profit": profit, "action": action.astype(object),
    }  # fmt: skip
    return pa.table({name: pa.array(values[order], from_pandas=True) for name, values in columns.items()})


def _affordable(pays: Any, cost: Any, order: Any, budget: float | None) -> Any:
    if budget is None:
        return pays
    spent = np.cumsum(np.where(pays[order], cost[order], 0.0))
    affordable = np.zeros(len(pays), dtype=bool)
    affordable[order] = spent <= budget
    return pays & affordable
