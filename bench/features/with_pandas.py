"""The same job written by hand for pandas."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zhike.analytics import Lake


def run(lake: Lake, as_of: int, out: Path, memory: str) -> dict[str, Any]:
    facts = pd.read_parquet(sorted(lake.directory.glob("*.parquet")))
    frame = _derived(_sums(facts[facts["day"] <= as_of], as_of), as_of)
    buyers = frame[frame["frequency"] > 0]
    _score(frame, buyers)
    frame.reset_index().to_parquet(out, compression="zstd")
    return _pareto(buyers["net_revenue"].to_numpy())


def _sums(facts: pd.DataFrame, as_of: int) -> pd.DataFrame:
    day, bought = facts["day"], facts["purchase"] == 1
    columns = {
        "customer_id": facts["customer_id"], "first_order": day.where(bought),
        "last_order": day.where(bought),
        "frequency": facts["purchase"], "purchase_days": facts["first_of_day"], "revenue": facts["revenue"],
        "returns": facts["returned"], "return_orders": (facts["returned"] > 0).astype("int64"),
        "largest_order": facts["revenue"].where(bought), "cost": facts["cost"].fillna(0).astype("int64"),
        "unknown": facts["cost"].isna().astype("int64"), "longest_gap": facts["gap_days"],
        "gap_square_sum": facts["gap_days"] ** 2,
    }  # fmt: skip
    for size in (30, 90, 365):
        inside = day > as_of - size
        columns |= {
            f"orders_{size}": facts["purchase"] * inside,
            f"revenue_{size}": facts["revenue"] * inside,
        }
    before = (day > as_of - 730) & (day <= as_of - 365)
    columns |= {
        "orders_previous_365": facts["purchase"] * before,
        "revenue_previous_365": facts["revenue"] * before,
    }
    how = dict.fromkeys(columns, "sum") | {"first_order": "min", "last_order": "max", "largest_order": "max",
                                           "longest_gap": "max"}  # fmt: skip
    how.pop("customer_id")
    sums = pd.DataFrame(columns).groupby("customer_id", sort=True).agg(how)
    edges = np.flatnonzero(np.r_[True, np.diff(facts["customer_id"].to_numpy()) != 0])
    masks = np.where(bought, facts["category_mask"], 0)
    sums["category_mask"] = np.bitwise_or.reduceat(masks, edges)
    return sums


def _derived(f: pd.DataFrame, as_of: int) -> pd.DataFrame:
    f["cost"] = f["cost"].where(f["unknown"] == 0)
    gaps, span = f["purchase_days"] - 1, f["last_order"] - f["first_order"]
    f["gap_square_sum"] = f["gap_square_sum"].where(gaps > 0)
    f["recency_days"], f["tenure_days"] = as_of - f["last_order"], as_of - f["first_order"]
    net = f["net_revenue"] = f["revenue"] - f["returns"]
    f["margin"] = net - f["cost"]
    f["margin_rate"] = (f["margin"] / net).where(net > 0)
    f["return_rate"] = (f["returns"] / f["revenue"]).where(f["revenue"] > 0)
    f["average_order"] = (f["revenue"] / f["frequency"]).where(f["frequency"] > 0)
    f["mean_gap"] = (span / gaps).where(gaps > 0)
    f["gap_spread"] = (np.sqrt(gaps * f["gap_square_sum"] - span * span) / gaps).where(gaps > 1)
    last, before = f["revenue_365"], f["revenue_previous_365"]
    known = (f["first_order"] <= as_of - 365) & (last + before > 0)
    f["trend"] = ((last - before) / (last + before)).where(known)
    f["category_count"] = pd.Series(np.bitwise_count(f["category_mask"].to_numpy()), f.index).where(
        f["category_mask"] != 0)  # fmt: skip
    return f.drop(columns="unknown")


def _score(frame: pd.DataFrame, buyers: pd.DataFrame) -> None:
    bought = frame["frequency"] > 0
    high = {}
    for name, column, sign in (("r", "recency_days", -1), ("f", "frequency", 1), ("m", "net_revenue", 1)):
        ordered = np.sort(sign * buyers[column].to_numpy())
        cuts = [ordered[math.ceil(step * len(ordered) / 5) - 1] for step in range(1, 5)]
        score = 1 + sum((sign * frame[column] > cut).astype("int32") for cut in cuts)
        frame[f"{name}_score"] = score.where(bought)
        high[name] = frame[f"{name}_score"] > frame[f"{name}_score"].mean()
    stage = np.select([high["r"] & high["f"], high["r"], high["f"]], ["value", "develop", "keep"], "win_back")
    worth = np.where(high["m"], "important_", "general_")
    frame["rfm_segment"] = pd.Series(np.char.add(worth, stage), frame.index).where(bought)
    net = frame["net_revenue"]
    a, b = (_abc_cut(buyers["net_revenue"].to_numpy(), share) for share in (0.80, 0.95))
    frame["abc_class"] = pd.Series(np.select([net >= a, net >= b], ["A", "B"], "C"), frame.index).where(
        bought
    )


def _abc_cut(money: Any, share: float) -> int:
    ordered = np.sort(money)[::-1]
    before = np.cumsum(ordered) - ordered
    return int(ordered[(before < share * money.sum()) & (ordered > 0)][-1])


def _pareto(money: Any) -> dict[str, Any]:
    running = np.cumsum(np.sort(money)[::-1])
    size, total = len(running), int(running[-1])
    found = {f"top_{k}_share": float(running[math.ceil(k * size / 100) - 1]) / total for k in (1, 10, 20)}
    return found | {"customers_for_80_percent": int((running < 0.8 * total).sum()) + 1, "customers": size}
