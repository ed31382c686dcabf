"""What is measured: exact sums of a group of customers, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.platform.money import from_units

#: Named sums of one group. Unknown (None) is not zero: the margin of orders without costs, for example.
Sums = Mapping[str, Any]
Value = int | float | Decimal | None

#: Of all time the sums stand with the customer, of a period in a table of their own.
PARTS: dict[str, tuple[str, str]] = {
    "everybody": ("COUNT(*)", "COUNT(*)"),
    "buyers": ("COUNT(*)", "COUNT(*) FILTER (p.orders > 0)"),
    "orders": ("CAST(SUM(c.frequency) AS BIGINT)", "CAST(COALESCE(SUM(p.orders), 0) AS BIGINT)"),
    "revenue": ("CAST(SUM(c.revenue) AS BIGINT)", "CAST(COALESCE(SUM(p.revenue), 0) AS BIGINT)"),
    "net": ("CAST(SUM(c.net_revenue) AS BIGINT)", "CAST(COALESCE(SUM(p.net_revenue), 0) AS BIGINT)"),
    "margin": ("CAST(SUM(k.margin) AS BIGINT)", "CAST(SUM(p.margin) AS BIGINT)"),
    "costed": ("CAST(SUM(k.costed) AS BIGINT)", "CAST(SUM(p.costed) AS BIGINT)"),
    "top": (
        "COUNT(*) FILTER (c.tier = $top)",
        "COUNT(*) FILTER (c.tier = $top AND p.orders > 0)",
    ),
    "median": ("MEDIAN(c.net_revenue)", "MEDIAN(p.net_revenue) FILTER (p.orders > 0)"),
    "churn": ("SUM(x.churn_probability)", "SUM(x.churn_probability) FILTER (p.orders > 0)"),
    "foretold": ("COUNT(x.churn_probability)", "COUNT(x.churn_probability) FILTER (p.orders > 0)"),
    "clv": ("CAST(SUM(x.clv) AS BIGINT)", "CAST(SUM(x.clv) FILTER (p.orders > 0) AS BIGINT)"),
    "valued": ("COUNT(x.clv)", "COUNT(x.clv) FILTER (p.orders > 0)"),
    "risk": (
        "CAST(SUM(x.value_at_risk) AS BIGINT)",
        "CAST(SUM(x.value_at_risk) FILTER (p.orders > 0) AS BIGINT)",
    ),
}
#: Tables beside the customers that a sum needs.
NEEDS = {
    "margin": "costs",
    "costed": "costs",
    "churn": "people",
    "foretold": "people",
    "clv": "people",
    "valued": "people",
    "risk": "people",
}
#: What no two groups can be added up to.
NOT_ADDED = frozenset({"median"})
#: Asked for every statistic: the table beside the chart shows what is made of them.
ALWAYS = ("everybody", "buyers", "orders", "revenue", "net")


@dataclass(frozen=True)
class Measure:
    """``value`` of a group given the sums of everybody counted; ``kind`` formats it, ``unit`` is the charts'.

    ``additive``: the values of parts make the value of the whole. ``dated``: means nothing of all time.
    """

    code: str
    label: Promise
    group: str
    kind: str
    unit: str
    value: Callable[[Sums, Sums], Value]
    parts: tuple[str, ...] = ()
    additive: bool = False
    dated: bool = False

    @property
    def predicted(self) -> bool:
        return any(NEEDS.get(part) == "people" for part in self.parts)


def added(first: Sums, second: Sums) -> dict[str, Any]:
    """The sums of two groups that have no customer in common."""
    return {name: _plus(name, first.get(name), second.get(name)) for name in {*first, *second}}


def _plus(name: str, one: Any, other: Any) -> Any:
    if name in NOT_ADDED:
        return None
    return other if one is None else one if other is None else one + other


def _count(name: str) -> Callable[[Sums, Sums], Value]:
    return lambda sums, _total: sums[name] or 0


def _amount(name: str) -> Callable[[Sums, Sums], Value]:
    return lambda sums, _total: None if sums[name] is None else from_units(round(sums[name]))


def _ratio(part: str, whole: str) -> Callable[[Sums, Sums], Value]:
    return lambda sums, _total: sums[part] / sums[whole] if sums[part] is not None and sums[whole] else None


def _per(part: str, whole: str) -> Callable[[Sums, Sums], Value]:
    """An amount per head (or order)."""
    return lambda sums, _total: (
        from_units(round(sums[part] / sums[whole])) if sums[part] is not None and sums[whole] else None
    )


def _of_all(name: str) -> Callable[[Sums, Sums], Value]:
    return lambda sums, total: (sums[name] or 0) / total[name] if total[name] else None


def _returned(sums: Sums, _total: Sums) -> Value:
    return (sums["revenue"] - sums["net"]) / sums["revenue"] if sums["revenue"] else None


def _margin(sums: Sums, _total: Sums) -> Value:
    """Unknown where no order's costs are known."""
    return from_units(sums["margin"]) if sums["costed"] else None


CUSTOMERS, MONEY, PREDICTIONS = "customers", "money", "predictions"
GROUPS: dict[str, Promise] = {
    CUSTOMERS: _("Customers"),
    MONEY: _("Orders and money"),
    PREDICTIONS: _("Predictions"),
}
_ALL = (
    Measure("customers", _("Customers"), CUSTOMERS, "number", "customers", _count("buyers"), additive=True),
    Measure(
        "customer_share",
        _("Share of customers"),
        CUSTOMERS,
        "percent",
        "percent",
        _of_all("buyers"),
        additive=True,
    ),
    Measure(
        "active_share",
        _("Share of active customers"),
        CUSTOMERS,
        "percent",
        "percent",
        _ratio("buyers", "everybody"),
        dated=True,
    ),
    Measure(
        "top_share",
        _("Share of key customers"),
        CUSTOMERS,
        "percent",
        "percent",
        _ratio("top", "buyers"),
        ("top",),
    ),
    Measure("orders", _("Orders"), MONEY, "number", "orders", _count("orders"), additive=True),
    Measure("revenue", _("Revenue"), MONEY, "money_whole", "money", _amount("revenue"), additive=True),
    Measure("net_revenue", _("Net revenue"), MONEY, "money_whole", "money", _amount("net"), additive=True),
    Measure(
        "revenue_share",
        _("Share of net revenue"),
        MONEY,
        "percent",
        "percent",
        _of_all("net"),
        additive=True,
    ),
    Measure(
        "margin",
        _("Margin"),
        MONEY,
        "money_whole",
        "money",
        _margin,
        ("margin", "costed"),
        additive=True,
    ),
    Measure(
        "margin_rate",
        _("Margin rate"),
        MONEY,
        "percent",
        "percent",
        _ratio("margin", "costed"),
        ("margin", "costed"),
    ),
    Measure("average", _("Average order"), MONEY, "money_whole", "money", _per("revenue", "orders")),
    Measure(
        "per_customer", _("Net revenue per customer"), MONEY, "money_whole", "money", _per("net", "buyers")
    ),
    Measure(
        "median",
        _("Median net revenue per customer"),
        MONEY,
        "money_whole",
        "money",
        _amount("median"),
        ("median",),
    ),
    Measure("returns_rate", _("Return rate"), MONEY, "percent", "percent", _returned),
    Measure(
        "churn",
        _("Mean churn probability"),
        PREDICTIONS,
        "percent",
        "percent",
        _ratio("churn", "foretold"),
        ("churn", "foretold"),
    ),
    Measure(
        "clv",
        _("Value (12 months)"),
        PREDICTIONS,
        "money_whole",
        "money",
        _amount("clv"),
        ("clv",),
        additive=True,
    ),
    Measure(
        "clv_mean",
        _("Value (12 months) per customer"),
        PREDICTIONS,
        "money_whole",
        "money",
        _per("clv", "valued"),
        ("clv", "valued"),
    ),
    Measure(
        "value_at_risk",
        _("Value at risk"),
        PREDICTIONS,
        "money_whole",
        "money",
        _amount("risk"),
        ("risk",),
        additive=True,
    ),
)
MEASURES: dict[str, Measure] = {measure.code: measure for measure in _ALL}
#: Columns of the table beside the chosen measure.
COMPANIONS = ("customers", "orders", "net_revenue", "average", "per_customer")
