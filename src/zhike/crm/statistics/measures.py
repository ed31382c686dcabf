"""What is measured: exact sums of a group of customers, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.platform.money import from_units

#: Named sums of one group. Unknown (None) is not zero: the margin of orders without costs, for example.
Sums = Mapping[str, Any]
Value = int | float | Decimal | None


@dataclass(frozen=True)
class Part:
    """A sum of a group: ``ever`` of what stands with the customer, ``dated`` of a period's own table.

    ``needs`` is a table beside the customers. ``adds``: that of two groups is the sum of both.
    """

    name: str
    ever: str
    dated: str
    needs: str = ""
    adds: bool = True


def of_buyers(name: str, ever: str, *, needs: str = "", adds: bool = True, cast: str = "") -> Part:
    """What stands with the customer, in a period that of those who ordered in it."""
    dated = f"{ever} FILTER (p.orders > 0)"
    if cast:
        ever, dated = f"CAST({ever} AS {cast})", f"CAST({dated} AS {cast})"
    return Part(name, ever, dated, needs, adds)


_PARTS = (
    Part("everybody", "COUNT(*)", "COUNT(*)"),
    Part("buyers", "COUNT(*)", "COUNT(*) FILTER (p.orders > 0)"),
    Part("orders", "CAST(SUM(c.frequency) AS BIGINT)", "CAST(COALESCE(SUM(p.orders), 0) AS BIGINT)"),
    Part("revenue", "CAST(SUM(c.revenue) AS BIGINT)", "CAST(COALESCE(SUM(p.revenue), 0) AS BIGINT)"),
    Part("net", "CAST(SUM(c.net_revenue) AS BIGINT)", "CAST(COALESCE(SUM(p.net_revenue), 0) AS BIGINT)"),
    Part("margin", "CAST(SUM(k.margin) AS BIGINT)", "CAST(SUM(p.margin) AS BIGINT)", "costs"),
    Part("costed", "CAST(SUM(k.costed) AS BIGINT)", "CAST(SUM(p.costed) AS BIGINT)", "costs"),
    Part("top", "COUNT(*) FILTER (c.tier = $top)", "COUNT(*) FILTER (c.tier = $top AND p.orders > 0)"),
    Part("median", "MEDIAN(c.net_revenue)", "MEDIAN(p.net_revenue) FILTER (p.orders > 0)", adds=False),
    of_buyers("churn", "SUM(x.churn_probability)", needs="people"),
    of_buyers("foretold", "COUNT(x.churn_probability)", needs="people"),
    of_buyers("clv", "SUM(x.clv)", needs="people", cast="BIGINT"),
    of_buyers("valued", "COUNT(x.clv)", needs="people"),
    of_buyers("risk", "SUM(x.value_at_risk)", needs="people", cast="BIGINT"),
)
PARTS: dict[str, Part] = {one.name: one for one in _PARTS}
#: Asked for every statistic: the table beside the chart shows what is made of them.
ALWAYS = tuple(PARTS[name] for name in ("everybody", "buyers", "orders", "revenue", "net"))


@dataclass(frozen=True)
class Measure:
    """``value`` of a group given the sums of everybody counted; ``kind`` formats it, ``unit`` is the charts'.

    ``additive``: the values of parts make the value of the whole. ``dated``: means nothing of all time.
    ``private``: only for those who may see orders. ``compared``: known of earlier periods, too.
    """

    code: str
    label: Promise | str
    group: str
    kind: str
    unit: str
    value: Callable[[Sums, Sums], Value]
    parts: tuple[Part, ...] = ()
    additive: bool = False
    dated: bool = False
    private: bool = False
    compared: bool = False

    @property
    def predicted(self) -> bool:
        return self.group == PREDICTIONS


def added(first: Sums, second: Sums, alone: Collection[str] = ()) -> dict[str, Any]:
    """The sums of two groups that have no customer in common; those that stand ``alone`` are not known."""
    names = {*first, *second}
    return {name: None if name in alone else _plus(first.get(name), second.get(name)) for name in names}


def _plus(one: Any, other: Any) -> Any:
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
MEANS, MEDIANS, DISTINCT, OWN = "means", "medians", "distinct", "own"
GROUPS: dict[str, Promise] = {
    CUSTOMERS: _("Customers"),
    MONEY: _("Orders and money"),
    MEANS: _("Means of the customers"),
    MEDIANS: _("Medians of the customers"),
    DISTINCT: _("How many different ones"),
    PREDICTIONS: _("Predictions"),
    OWN: _("Own fields"),
}


def _measure(
    code: str,
    label: Promise,
    group: str,
    kind: str,
    value: Callable[[Sums, Sums], Value],
    parts: str = "",
    **more: Any,
) -> Measure:
    """A measure of the program; amounts, and what is made of them, are for those who may see orders."""
    unit = {"number": code, "money_whole": "money"}.get(kind, kind)
    found = tuple(PARTS[name] for name in parts.split())
    return Measure(code, label, group, kind, unit, value, found, **more)


_OF_ALL = (
    _measure(
        "customers", _("Customers"), CUSTOMERS, "number", _count("buyers"), additive=True, compared=True
    ),
    _measure(
        "customer_share",
        _("Share of customers"),
        CUSTOMERS,
        "percent",
        _of_all("buyers"),
        additive=True,
        compared=True,
    ),
    _measure(
        "active_share",
        _("Share of active customers"),
        CUSTOMERS,
        "percent",
        _ratio("buyers", "everybody"),
        dated=True,
        compared=True,
    ),
    _measure("top_share", _("Share of key customers"), CUSTOMERS, "percent", _ratio("top", "buyers"), "top"),
    _measure("orders", _("Orders"), MONEY, "number", _count("orders"), additive=True, compared=True),
)
_OF_MONEY: tuple[tuple[str, Promise, str, Callable[[Sums, Sums], Value], str, bool], ...] = (
    ("revenue", _("Revenue"), "money_whole", _amount("revenue"), "", True),
    ("net_revenue", _("Net revenue"), "money_whole", _amount("net"), "", True),
    ("revenue_share", _("Share of net revenue"), "percent", _of_all("net"), "", True),
    ("margin", _("Margin"), "money_whole", _margin, "margin costed", True),
    ("margin_rate", _("Margin rate"), "percent", _ratio("margin", "costed"), "margin costed", False),
    ("average", _("Average order"), "money_whole", _per("revenue", "orders"), "", False),
    ("per_customer", _("Net revenue per customer"), "money_whole", _per("net", "buyers"), "", False),
    ("median", _("Median net revenue per customer"), "money_whole", _amount("median"), "median", False),
    ("returns_rate", _("Return rate"), "percent", _returned, "", False),
)
_FORETOLD = (
    _measure(
        "churn",
        _("Mean churn probability"),
        PREDICTIONS,
        "percent",
        _ratio("churn", "foretold"),
        "churn foretold",
    ),
    _measure(
        "clv",
        _("Value (12 months)"),
        PREDICTIONS,
        "money_whole",
        _amount("clv"),
        "clv",
        additive=True,
        private=True,
    ),
    _measure(
        "clv_mean",
        _("Value (12 months) per customer"),
        PREDICTIONS,
        "money_whole",
        _per("clv", "valued"),
        "clv valued",
        private=True,
    ),
    _measure(
        "value_at_risk",
        _("Value at risk"),
        PREDICTIONS,
        "money_whole",
        _amount("risk"),
        "risk",
        additive=True,
        private=True,
    ),
)
MEASURES: dict[str, Measure] = {
    one.code: one
    for one in (
        *_OF_ALL,
        *(
            _measure(code, label, MONEY, kind, value, parts, additive=adds, private=True, compared=True)
            for code, label, kind, value, parts, adds in _OF_MONEY
        ),
        *_FORETOLD,
    )
}
#: Columns of the table beside the chosen measure.
COMPANIONS = ("customers", "orders", "net_revenue", "average", "per_customer")
