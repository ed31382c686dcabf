"""What the churn model of an order history looks at: codes, words, units, SQL; known on the snapshot's day.

Taken from the feature catalogue where it has the same figure; ``{as_of}`` may be a column, so that several
snapshots are one statement. Reasons name these codes.
"""

from __future__ import annotations

from dataclasses import replace

from zhike.analytics.features.catalogue import AGGREGATE, CATALOGUE, DERIVED, Feature
from zhike.analytics.words import Words

SHARED = (
    "first_order",
    "last_order",
    "frequency",
    "purchase_days",
    "revenue",
    "returns",
    "return_orders",
    "largest_order",
    "longest_gap",
    "gap_square_sum",
    "orders_30",
    "orders_90",
    "revenue_30",
    "revenue_90",
    "category_mask",
    "recency_days",
    "tenure_days",
    "return_rate",
    "average_order",
    "mean_gap",
    "gap_spread",
    "category_count",
)
# Needed to compute others; no signals of their own.
INPUTS = frozenset({"first_order", "last_order", "gap_square_sum", "category_mask"})


def _previous(column: str) -> str:
    return f"SUM(CASE WHEN day > {{as_of}} - 180 AND day <= {{as_of}} - 90 THEN {column} ELSE 0 END)"


_BEFORE = "The 90 days before the last 90."
OWN = (
    Feature(
        "orders_previous_90",
        Words("Orders in the 90 days before", "此前 90 天订单数"),
        "orders",
        AGGREGATE,
        _previous("purchase"),
        _BEFORE,
    ),
    Feature(
        "revenue_previous_90",
        Words("Revenue of the 90 days before", "此前 90 天消费额"),
        "money",
        AGGREGATE,
        _previous("revenue"),
        _BEFORE,
    ),
    Feature(
        "silence_ratio",
        Words("Silence against the own rhythm", "沉默时长与自身购买间隔之比"),
        "ratio",
        DERIVED,
        "CASE WHEN last_order > first_order THEN CAST({as_of} - last_order AS DOUBLE) "
        "* CAST(purchase_days - 1 AS DOUBLE) / CAST(last_order - first_order AS DOUBLE) END",
        "Days since the last purchase over the mean pause; needs two days with a purchase.",
        "DOUBLE",
    ),
    Feature(
        "purchase_rate",
        Words("Purchase days per 30 days", "每 30 天购买天数"),
        "days",
        DERIVED,
        "CAST(purchase_days * 30 AS DOUBLE) / CAST({as_of} - first_order + 30 AS DOUBLE)",
        "Since the first purchase, one month added.",
        "DOUBLE",
    ),
    Feature(
        "trend_90",
        Words("Trend of the last 90 days", "近 90 天消费趋势"),
        "share",
        DERIVED,
        "CAST(revenue_90 - revenue_previous_90 AS DOUBLE) "
        "/ CAST(revenue_90 + revenue_previous_90 + 10000 AS DOUBLE)",
        "Revenue of the last 90 days against the 90 before, from -1 to 1.",
        "DOUBLE",
    ),
)

COMPUTED: dict[str, Feature] = {
    **{name: replace(CATALOGUE[name]) for name in SHARED},
    **{feature.name: feature for feature in OWN},
}
FEATURES: dict[str, Feature] = {name: f for name, f in COMPUTED.items() if name not in INPUTS}
