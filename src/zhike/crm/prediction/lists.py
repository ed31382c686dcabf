"""The lists of customers that the models give: at risk and worth it, overdue, cross-selling.

Each is what one person sees, under the filters of an address; the same customers are named in the customer
list by ``predicted=CODE``, so that whatever is done with many customers reaches exactly these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    When,
)
from django.http import QueryDict

from zhike.crm.catalog.models import Product
from zhike.crm.customers import conditions
from zhike.crm.prediction import goods
from zhike.crm.prediction.choices import RecommendationKind, RhythmStatus
from zhike.crm.prediction.costs import CostTable
from zhike.crm.prediction.models import CustomerPrediction, PairRule, Recommendation
from zhike.platform.permissions import RowScope, allowed, row_scope

#: Where costs are unknown a customer is at risk who rather leaves than stays.
RATHER_LEAVES = 0.5
LOST = "lost"
FILTERS: dict[str, conditions.Condition] = {
    "tier": conditions.numbers("customer__score__tier", 0, 12),
    "owner": conditions.ids("customer__owner"),
    "team": conditions.ids("customer__team"),
}
PRODUCTS_SHOWN = 60


def with_profit(rows: QuerySet[CustomerPrediction], table: CostTable) -> QuerySet[CustomerPrediction]:
    """Each row with ``profit``, the expected profit of a retention offer; null where costs are unknown."""
    # As the row was written: value as revenue says nothing of profit.
    known = When(versions__basis="margin", then=table.profit())
    return rows.annotate(profit=Case(known, default=None, output_field=FloatField()))


def at_risk(user: Any, table: CostTable | None = None) -> QuerySet[CustomerPrediction]:
    """Who may leave and is worth an offer: it pays, or, with unknown costs, leaving is likelier than not."""
    rows = _not_lost(CustomerPrediction.objects.visible_to(user)).filter(value_at_risk__gt=0)
    rows = with_profit(rows, table or CostTable())
    undecided = Q(profit__isnull=True, churn_probability__gte=RATHER_LEAVES)
    return rows.filter(Q(profit__gt=0) | undecided)


def overdue(user: Any) -> QuerySet[CustomerPrediction]:
    """Who should have ordered again, by their own rhythm, and is not lost yet."""
    rows = _not_lost(CustomerPrediction.objects.visible_to(user))
    return rows.filter(rhythm_status=RhythmStatus.OVERDUE)


def _not_lost(rows: QuerySet[CustomerPrediction]) -> QuerySet[CustomerPrediction]:
    """Without those whom the lifecycle calls lost: what is gone is not at risk."""
    return rows.exclude(customer__score__lifecycle=LOST)


def cross_sell(user: Any) -> QuerySet[CustomerPrediction]:
    """Who may like a product that they never bought."""
    offered = Recommendation.objects.filter(
        customer_id=OuterRef("customer_id"), kind=RecommendationKind.DISCOVER, rank=1
    )
    return CustomerPrediction.objects.visible_to(user).filter(Exists(offered))


def liking(rows: QuerySet[CustomerPrediction], query: QueryDict) -> QuerySet[CustomerPrediction]:
    """Those of ``rows`` who may like a product of the category and the price band of an address."""
    if not goods.asked(query):
        return rows
    return rows.filter(Exists(_offers(query).filter(customer_id=OuterRef("customer_id"))))


def _offers(query: QueryDict) -> QuerySet[Recommendation]:
    """What may be liked, of the products that an address asks for."""
    rows = Recommendation.objects.filter(kind=RecommendationKind.DISCOVER).order_by()
    return rows.filter(product__in=goods.products(query)) if goods.asked(query) else rows


def audience(user: Any, product: int) -> QuerySet[Recommendation]:
    """The customers who may like one product, with the evidence."""
    return Recommendation.objects.visible_to(user).filter(
        product_id=product, kind=RecommendationKind.DISCOVER
    )


def products_offered(user: Any, query: QueryDict) -> list[dict[str, Any]]:
    """The products that most customers may like: ``product_id`` and ``customers``."""
    visible = Recommendation.objects.visible_to(user)
    if row_scope(user) == RowScope.ALL and not any(query.get(name) for name in FILTERS):
        # Counted in the index alone. Who is deleted or not profiled any more leaves it with the next event.
        visible = Recommendation.objects.all() if allowed(user, "insight.view") else visible
    found = narrowed(visible, query).filter(kind=RecommendationKind.DISCOVER).order_by()
    if goods.asked(query):
        found = found.filter(product__in=goods.products(query))
    found = found.values("product_id")
    return list(found.annotate(customers=Count("pk")).order_by("-customers", "product_id")[:PRODUCTS_SHOWN])


LISTS: dict[str, Callable[[Any], QuerySet[CustomerPrediction]]] = {
    "at_risk": at_risk,
    "overdue": overdue,
    "cross_sell": cross_sell,
}


def members(code: str, user: Any) -> Q:
    """The customers of a list as a condition on customers; nobody for a list that does not exist."""
    rows = LISTS.get(code)
    return Q(pk__in=rows(user).order_by().values("customer_id")) if rows else conditions.NOBODY


def offered(product: int) -> Q:
    """Customers to whom a product is offered, as a condition on customers."""
    rows = Recommendation.objects.filter(product_id=product, kind=RecommendationKind.DISCOVER)
    return Q(pk__in=rows.order_by().values("customer_id"))


def offered_goods(query: QueryDict) -> Q:
    """Customers who may like a product that an address asks for, as a condition on customers."""
    return Q(pk__in=_offers(query).values("customer_id"))


def bought_together(user: Any, query: QueryDict) -> QuerySet[PairRule]:
    """Rules "who buys the one also buys the other"; the filters of products are about the other."""
    rows = PairRule.objects.visible_to(user)
    if goods.asked(query):
        rows = rows.filter(right__in=goods.products(query))
    text = query.get("q", "").strip()[:80].replace("\0", "")
    if not text:
        return rows
    named = Product.objects.filter(Q(name__icontains=text) | Q(sku__icontains=text)).order_by().values("pk")
    return rows.filter(Q(left__in=named) | Q(right__in=named))


def narrowed(rows: QuerySet[Any], query: QueryDict) -> QuerySet[Any]:
    """``rows`` under the filters of an address; a value that is none of a filter's chooses nobody."""
    for name, condition in FILTERS.items():
        values = [value for value in query.getlist(name) if value]
        if values:
            found = condition(values)
            rows = rows.none() if found is conditions.NOBODY else rows.filter(found)
    return rows


@dataclass(frozen=True)
class Sums:
    """Of a whole list: ``profit`` of the offers that pay, None where no cost is known."""

    customers: int
    clv: Any
    at_risk: Any
    profit: float | None = None


def sums(rows: QuerySet[CustomerPrediction], *, profit: bool = False) -> Sums:
    """Figures of a list in one statement."""
    pays = Case(When(profit__gt=0, then=F("profit")), output_field=FloatField())
    more = {"gain": Sum(pays)} if profit else {}
    found = rows.order_by().aggregate(
        customers=Count("pk"), clv=Sum("clv"), at_risk=Sum("value_at_risk"), **more
    )
    return Sums(found["customers"], found["clv"], found["at_risk"], found.get("gain"))
