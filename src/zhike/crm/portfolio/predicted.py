"""What the models say, as filters and columns of the customer list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers import conditions
from zhike.crm.customers.models import Customer
from zhike.crm.portfolio.filters import Filter, register
from zhike.crm.prediction import goods, lists, phrases
from zhike.crm.prediction.choices import ChurnStatus, RhythmStatus
from zhike.crm.prediction.costs import CostTable, value_of
from zhike.crm.prediction.models import CustomerPrediction
from zhike.platform.requests import number_of
from zhike.platform.tables import Column
from zhike.platform.templatetags import zhike_format as say

NAMES = {
    "at_risk": _("At risk and worth it"),
    "overdue": _("Overdue customers"),
    "cross_sell": _("Cross-selling"),
}
#: Columns that need the prediction of the row.
COLUMNS = frozenset(
    {"clv", "churn", "value_at_risk", "next_order", "rhythm", "offer_profit", "break_even", "churn_reasons"}
)


def _named(query: QueryDict, user: Any) -> Q:
    """The customers of every list that is named."""
    found = Q()
    for code in query.getlist("predicted"):
        found &= lists.members(code, user) if code else Q()
    return found


def _offered(given: list[str]) -> Q:
    """Customers to whom each of the products is offered."""
    found = Q()
    for value in given:
        number = number_of(value)
        found &= conditions.NOBODY if number is None else lists.offered(number)
    return found


def _liking(query: QueryDict, _user: Any) -> Q:
    """Customers who may like a product of the category and the price band."""
    return lists.offered_goods(query)


def _product(value: str) -> str:
    return _name_of(Product, value)


def _category(value: str) -> str:
    return _name_of(Category, value)


def _name_of(kind: type[Product | Category], value: str) -> str:
    rows = kind.objects.filter(pk=number_of(value) or 0).values_list("name", flat=True)
    return rows.first() or value


def _share(path: str, *, end: bool = False) -> conditions.Condition:
    """A bound of a probability, given in per cent."""

    def condition(given: list[str]) -> Q:
        try:
            found = float(given[-1])
        except ValueError:
            return conditions.NOBODY
        if not 0 <= found <= 100:
            return conditions.NOBODY
        return Q(**{f"{path}__{'lte' if end else 'gte'}": found / 100})

    return condition


def _percent(value: str) -> str:
    return f"{value} %"


def _names() -> Sequence[tuple[str, str]]:
    return [(code, str(label)) for code, label in NAMES.items()]


def _rhythms() -> Sequence[tuple[str, str]]:
    return [(value, str(label)) for value, label in RhythmStatus.choices]


def register_filters() -> None:
    """Called once when the rooms are set up."""
    register(
        Filter("predicted", _("Prediction"), by_query=_named, pairs=_names, insight=True),
        Filter("recommended", _("May like"), _offered, kind="hidden", say=_product, insight=True),
        _goods(goods.CATEGORY, _("May like of the category"), _category),
        _goods(goods.PRICE_FROM, _("May like at a price from"), say.money),
        _goods(goods.PRICE_TO, _("May like at a price up to"), say.money),
        _money("clv_min", _("Value (12 months) from")),
        _money("clv_max", _("Value (12 months) up to"), end=True),
        _probability("churn_min", _("Churn probability from (%)")),
        _probability("churn_max", _("Churn probability up to (%)"), end=True),
        Filter(
            "rhythm",
            _("Rhythm"),
            conditions.any_of("prediction__rhythm_status", RhythmStatus.values),
            _rhythms,
            insight=True,
        ),
        _day("next_order_from", _("Next order from")),
        _day("next_order_to", _("Next order until"), end=True),
    )


def _goods(name: str, label: Any, words: Callable[[Any], str]) -> Filter:
    """All three stand for one condition: on one and the same product."""
    return Filter(name, label, by_query=_liking, kind="hidden", say=words, insight=True)


def _money(name: str, label: Any, *, end: bool = False) -> Filter:
    condition = conditions.amount("prediction__clv", end=end)
    return Filter(name, label, condition, kind="number", say=say.money, insight=True)


def _probability(name: str, label: Any, *, end: bool = False) -> Filter:
    condition = _share("prediction__churn_probability", end=end)
    return Filter(name, label, condition, kind="number", say=_percent, insight=True)


def _day(name: str, label: Any, *, end: bool = False) -> Filter:
    condition = conditions.day("prediction__next_order_expected", end=end)
    return Filter(name, label, condition, kind="date", insight=True)


def columns() -> tuple[Column, ...]:
    """None of them shows before the person chooses it."""
    costs = _Costs()
    return (
        Column(
            "clv", _("Value (12 months)"), "money_whole", value="prediction.clv", sort="clv", default=False
        ),
        Column("churn", _("Churn probability"), "percent", value=_of("churn_probability"), default=False),
        Column(
            "value_at_risk",
            _("Value at risk"),
            "money_whole",
            value=_of("value_at_risk"),
            sort="value_at_risk",
            default=False,
        ),
        Column(
            "next_order", _("Next order expected"), "day", value=_of("next_order_expected"), default=False
        ),
        Column("rhythm", _("Rhythm"), value=_rhythm, default=False),
        Column(
            "offer_profit",
            _("Expected profit of an offer"),
            "money_whole",
            value=costs.profit,
            default=False,
            hint=_("Of the retention offer that the company entered; unknown while a cost is not entered."),
        ),
        Column("break_even", _("An offer pays from"), "percent", value=costs.break_even, default=False),
        Column("churn_reasons", _("Reasons of the churn probability"), value=_reasons, default=False),
    )


class _Costs:
    """What a retention offer brings; the entered costs are read when the first row asks."""

    @cached_property
    def table(self) -> CostTable:
        return CostTable()

    def profit(self, customer: Customer) -> float | None:
        row = _prediction(customer)
        if row is None or row.churn_status != ChurnStatus.SCORED:
            return None
        return self.table.of_customer(customer).profit(row.churn_probability, value_of(row))

    def break_even(self, customer: Customer) -> float | None:
        row = _prediction(customer)
        return None if row is None else self.table.of_customer(customer).break_even(value_of(row))


def _prediction(customer: Customer) -> CustomerPrediction | None:
    """None of those who asked not to be profiled, even before it is taken away."""
    return None if customer.no_profiling else getattr(customer, "prediction", None)


def _reasons(customer: Customer) -> str:
    row = _prediction(customer)
    return (
        "" if row is None else str(_("; ")).join(one["words"] for one in phrases.reasons(row.churn_reasons))
    )


def _of(name: str) -> str:
    return f"prediction.{name}"


def _rhythm(customer: Customer) -> str:
    row = getattr(customer, "prediction", None)
    status = row.rhythm_status if row is not None else ""
    return str(RhythmStatus(status).label) if status in RhythmStatus.values else ""
