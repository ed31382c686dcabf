"""What a dimension may measure: the features of a customer, and, beside the primary model, predictions."""

from __future__ import annotations

from zhike.analytics.features.catalogue import Feature, numeric_features
from zhike.analytics.words import Words

PREDICTIONS = "predictions"


def _predicted(name: str, unit: str, en: str, zh: str, rule: str = "", sql: str = "") -> Feature:
    return Feature(name, Words(en, zh), unit, PREDICTIONS, sql or name, rule, "DOUBLE", actionable=False)


#: Columns that the models of prediction bring. ``sql`` reads them beside the features.
PREDICTED: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        _predicted("p_active", "share", "Activity probability", "活跃概率"),
        _predicted(
            "expected_orders", "orders", "Expected orders", "预计订单数", "In the next twelve months."
        ),
        _predicted("clv", "money", "Customer lifetime value", "客户终身价值", "Over the next twelve months."),
        _predicted("churn_probability", "share", "Churn probability", "流失概率"),
        _predicted(
            "growth",
            "share",
            "Expected growth",
            "预计增长",
            "Expected orders of the next twelve months against those of the last, from -1 to 1.",
            "CASE WHEN expected_orders + orders_365 > 0 THEN "
            "(expected_orders - CAST(orders_365 AS DOUBLE)) / (expected_orders + orders_365) END",
        ),
    )
}


def measures(*, predicted: bool = False) -> dict[str, Feature]:
    """Measures by name; with ``predicted`` those of the models too."""
    return {**numeric_features(), **(PREDICTED if predicted else {})}


def measure(name: str) -> Feature:
    """The measure of that name. Raises KeyError for an unknown one."""
    return measures(predicted=True)[name]
