"""Lifecycle stages by each customer's own rhythm of buying (docs/concepts/lifecycle.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhike.analytics.distribution import BASE, Distribution
from zhike.analytics.engine.contract import Engine
from zhike.analytics.literals import Number, number, plain
from zhike.analytics.settings import LifecycleSettings
from zhike.analytics.words import Words

STAGES: dict[str, Words] = {
    "potential": Words("Potential", "潜在客户"),
    "first_purchase": Words("First purchase", "首购客户"),
    "repeat": Words("Repeat", "复购客户"),
    "high_value": Words("High value", "高价值客户"),
    "at_risk": Words("At risk", "流失预警客户"),
    "lost": Words("Lost", "流失客户"),
}
# Rows that no count of customers holds.
OUTSIDE: dict[str, Words] = {
    "returns_only": Words("Returns only", "仅有退货"),
    "not_profiled": Words("Not profiled", "不参与画像"),
}


@dataclass(frozen=True)
class Rhythm:
    """The population's rhythm: ``gap`` days between purchases, and from which net revenue "high" begins."""

    gap: float
    prior_gaps: float
    min_gap_days: int
    at_risk_ratio: float
    lost_ratio: float
    high_value_from: Number | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Rhythm:
        return cls(**data)


def calibrate_rhythm(session: Engine, features: str, settings: LifecycleSettings) -> Rhythm:
    """Fix the population's rhythm: the median of the customers' own mean gaps."""
    gaps = Distribution.of(session, features, "mean_gap", f"{BASE} AND purchase_days > 1")
    gap = gaps.quantile(0.5) if gaps.size else float(settings.default_gap_days)
    money = Distribution.of(session, features, "net_revenue", BASE)
    return Rhythm(
        max(gap, float(settings.min_gap_days)),
        settings.prior_gaps,
        settings.min_gap_days,
        settings.at_risk_ratio,
        settings.lost_ratio,
        upper_cut(money, math.ceil(settings.high_value_share * money.size), above=0),
    )


def upper_cut(distribution: Distribution, customers: int, *, above: float | None = None) -> Number | None:
    """The lowest value that at most ``customers`` reach: a promised share is never exceeded by ties."""
    reach = distribution.above() + distribution.counts
    fits = reach <= customers
    if above is not None:
        fits &= distribution.values > above
    place = np.flatnonzero(fits)
    return plain(distribution.values[place[0]]) if len(place) else None


def expected_gap_sql(rhythm: Rhythm) -> str:
    """Own gaps and ``prior_gaps`` gaps of the population, averaged."""
    mixed = (
        f"(CAST(last_order - first_order AS DOUBLE) + {number(rhythm.prior_gaps * rhythm.gap)}) "
        f"/ (CAST(purchase_days - 1 AS DOUBLE) + {number(rhythm.prior_gaps)})"
    )
    return f"CASE WHEN scored THEN GREATEST({mixed}, CAST({number(rhythm.min_gap_days)} AS DOUBLE)) END"


def stage_sql(rhythm: Rhythm) -> str:
    """The stage from purchase_days, overdue_ratio and net_revenue."""
    rich = "FALSE" if rhythm.high_value_from is None else f"net_revenue >= {number(rhythm.high_value_from)}"
    return (
        "CASE WHEN NOT profiled THEN 'not_profiled' "
        "WHEN frequency = 0 AND returns > 0 THEN 'returns_only' WHEN frequency = 0 THEN 'potential' "
        f"WHEN overdue_ratio > {number(rhythm.lost_ratio)} THEN 'lost' "
        f"WHEN overdue_ratio > {number(rhythm.at_risk_ratio)} THEN 'at_risk' "
        f"WHEN purchase_days = 1 THEN 'first_purchase' WHEN {rich} THEN 'high_value' ELSE 'repeat' END"
    )
