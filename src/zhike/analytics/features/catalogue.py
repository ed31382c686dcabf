"""What is known about every customer, defined once: meaning, unit, rule and SQL of each feature.

``sql`` of an aggregate runs over facts grouped by customer; ``sql`` of a derived feature runs over the
aggregates. ``{as_of}`` is the day number of the analysis. Days are whole days of the business date, money
is in 1/10,000 of the base currency, sums are exact integers; ratios are plain doubles, never rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhike.analytics.words import Words

AGGREGATE, DERIVED = "orders", "features"


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the feature table. ``type`` is the SQL type, ``empty`` its value without any order."""

    name: str
    meaning: Words
    unit: str
    source: str
    sql: str
    rule: str = ""
    type: str = "BIGINT"
    empty: str = "NULL"
    actionable: bool = True


CATALOGUE: dict[str, Feature] = {}


def _add(
    name: str,
    unit: str,
    sql: str,
    en: str,
    zh: str,
    *,
    source: str = AGGREGATE,
    rule: str = "",
    type: str = "BIGINT",
    empty: str = "NULL",
    actionable: bool = True,
) -> None:
    CATALOGUE[name] = Feature(name, Words(en, zh), unit, source, sql, rule, type, empty, actionable)


def _window(days: int, column: str, *, before: int = 0) -> str:
    upper = f" AND day <= {{as_of}} - {before}" if before else ""
    return f"SUM(CASE WHEN day > {{as_of}} - {days + before}{upper} THEN {column} ELSE 0 END)"


_PURCHASE = "An order counts as a purchase when its revenue is above zero."
_WINDOW = "The window holds the as-of day and the days before it."

_add(
    "first_order",
    "date",
    "MIN(CASE WHEN purchase = 1 THEN day END)",
    "First purchase",
    "首次购买日期",
    rule=_PURCHASE,
    type="INT",
    actionable=False,
)
_add(
    "last_order",
    "date",
    "MAX(CASE WHEN purchase = 1 THEN day END)",
    "Last purchase",
    "最近购买日期",
    rule=_PURCHASE,
    type="INT",
)
_add("frequency", "orders", "SUM(purchase)", "Purchase orders", "购买订单数", rule=_PURCHASE, empty="0")
_add(
    "purchase_days",
    "days",
    "SUM(first_of_day)",
    "Days with a purchase",
    "购买天数",
    rule="Several orders on one day count once.",
    empty="0",
)
_add("revenue", "money", "SUM(revenue)", "Revenue", "消费额", rule="Purchases before returns.", empty="0")
_add("returns", "money", "SUM(returned)", "Returns", "退货额", rule="Counted positive.", empty="0")
_add(
    "return_orders",
    "orders",
    "SUM(CASE WHEN returned > 0 THEN 1 ELSE 0 END)",
    "Orders with a return",
    "含退货的订单数",
    empty="0",
)
_add(
    "largest_order", "money", "MAX(CASE WHEN purchase = 1 THEN revenue END)", "Largest order", "最大单笔金额"
)
_add(
    "cost",
    "money",
    "CASE WHEN COUNT(cost) = COUNT(order_id) THEN SUM(cost) END",
    "Cost of goods",
    "商品成本",
    rule="Unknown as soon as one order has an unknown cost.",
)
_add(
    "longest_gap",
    "days",
    "MAX(gap_days)",
    "Longest pause between purchases",
    "最长购买间隔",
    type="INT",
    actionable=False,
)
_add(
    "gap_square_sum",
    "days²",
    "SUM(CAST(gap_days AS BIGINT) * gap_days)",
    "Sum of squared pauses",
    "购买间隔平方和",
    actionable=False,
)
_add(
    "orders_30",
    "orders",
    _window(30, "purchase"),
    "Orders in the last 30 days",
    "近 30 天订单数",
    rule=_WINDOW,
    empty="0",
)
_add(
    "orders_90",
    "orders",
    _window(90, "purchase"),
    "Orders in the last 90 days",
    "近 90 天订单数",
    rule=_WINDOW,
    empty="0",
)
_add(
    "orders_365",
    "orders",
    _window(365, "purchase"),
    "Orders in the last 365 days",
    "近 365 天订单数",
    rule=_WINDOW,
    empty="0",
)
_add(
    "orders_previous_365",
    "orders",
    _window(365, "purchase", before=365),
    "Orders in the 365 days before",
    "此前 365 天订单数",
    rule=_WINDOW,
    empty="0",
    actionable=False,
)
_add(
    "revenue_30",
    "money",
    _window(30, "revenue"),
    "Revenue of the last 30 days",
    "近 30 天消费额",
    rule=_WINDOW,
    empty="0",
)
_add(
    "revenue_90",
    "money",
    _window(90, "revenue"),
    "Revenue of the last 90 days",
    "近 90 天消费额",
    rule=_WINDOW,
    empty="0",
)
_add(
    "revenue_365",
    "money",
    _window(365, "revenue"),
    "Revenue of the last 365 days",
    "近 365 天消费额",
    rule=_WINDOW,
    empty="0",
)
_add(
    "revenue_previous_365",
    "money",
    _window(365, "revenue", before=365),
    "Revenue of the 365 days before",
    "此前 365 天消费额",
    rule=_WINDOW,
    empty="0",
    actionable=False,
)
_add(
    "category_mask",
    "mask",
    "BIT_OR(CASE WHEN purchase = 1 THEN category_mask ELSE 0 END)",
    "Categories bought",
    "购买过的品类",
    rule="One bit per top-level category; from the 63rd on they share one.",
    empty="0",
)

_add(
    "recency_days",
    "days",
    "{as_of} - last_order",
    "Days since the last purchase",
    "距最近购买天数",
    source=DERIVED,
    rule="0 on the day of the purchase.",
    type="INT",
)
_add(
    "tenure_days",
    "days",
    "{as_of} - first_order",
    "Days since the first purchase",
    "客龄",
    source=DERIVED,
    rule="0 on the day of the first purchase.",
    type="INT",
    actionable=False,
)
_add(
    "net_revenue",
    "money",
    "revenue - returns",
    "Net revenue",
    "净消费额",
    source=DERIVED,
    rule="Revenue less returns; may be negative.",
    empty="0",
)
_add(
    "margin",
    "money",
    "revenue - returns - cost",
    "Margin",
    "毛利",
    source=DERIVED,
    rule="Unknown as soon as one order has an unknown cost.",
)
_add(
    "margin_rate",
    "share",
    "CASE WHEN revenue > returns THEN "
    "CAST(revenue - returns - cost AS DOUBLE) / CAST(revenue - returns AS DOUBLE) END",
    "Margin rate",
    "毛利率",
    source=DERIVED,
    rule="Of net revenue; unknown when that is not above zero.",
    type="DOUBLE",
)
_add(
    "return_rate",
    "share",
    "CASE WHEN revenue > 0 THEN CAST(returns AS DOUBLE) / CAST(revenue AS DOUBLE) END",
    "Return rate",
    "退货率",
    source=DERIVED,
    rule="Returns over revenue.",
    type="DOUBLE",
)
_add(
    "average_order",
    "money",
    "CASE WHEN frequency > 0 THEN CAST(revenue AS DOUBLE) / CAST(frequency AS DOUBLE) END",
    "Average order",
    "平均订单金额",
    source=DERIVED,
    type="DOUBLE",
)
_add(
    "mean_gap",
    "days",
    "CASE WHEN purchase_days > 1 THEN "
    "CAST(last_order - first_order AS DOUBLE) / CAST(purchase_days - 1 AS DOUBLE) END",
    "Mean pause between purchases",
    "平均购买间隔",
    source=DERIVED,
    rule="Between days with a purchase; needs two of them.",
    type="DOUBLE",
    actionable=False,
)
_add(
    "gap_spread",
    "days",
    "CASE WHEN purchase_days > 2 THEN SQRT(CAST((purchase_days - 1) * gap_square_sum "
    "- CAST(last_order - first_order AS BIGINT) * (last_order - first_order) AS DOUBLE)) "
    "/ CAST(purchase_days - 1 AS DOUBLE) END",
    "Spread of the pauses",
    "购买间隔波动",
    source=DERIVED,
    rule="Standard deviation over all pauses; needs three days with a purchase.",
    type="DOUBLE",
    actionable=False,
)
_add(
    "trend",
    "share",
    "CASE WHEN first_order <= {as_of} - 365 AND revenue_365 + revenue_previous_365 > 0 THEN "
    "CAST(revenue_365 - revenue_previous_365 AS DOUBLE) "
    "/ CAST(revenue_365 + revenue_previous_365 AS DOUBLE) END",
    "Trend of revenue",
    "消费趋势",
    source=DERIVED,
    type="DOUBLE",
    rule="Last 365 days against the 365 before, from -1 to 1; unknown for customers of less than a year.",
)
_add(
    "category_count",
    "categories",
    "CASE WHEN category_mask <> 0 THEN BIT_COUNT(category_mask) END",
    "Categories bought",
    "购买品类数",
    source=DERIVED,
    rule="Unknown while no product has a category.",
    type="INT",
)

INTERNAL = frozenset({"gap_square_sum", "category_mask"})


def numeric_features() -> dict[str, Feature]:
    """Features that a tier dimension or a filter may measure."""
    return {name: f for name, f in CATALOGUE.items() if f.unit != "date" and name not in INTERNAL}
