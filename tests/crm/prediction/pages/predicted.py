"""Customers with predictions for the tests of the pages, without any training."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from factories import make_customer
from zhike.crm.catalog.models import Product
from zhike.crm.customers.models import Customer
from zhike.crm.insight.models import CustomerScore
from zhike.crm.prediction.models import (
    CostAssumption,
    CustomerPrediction,
    ModelVersion,
    PairRule,
    Recommendation,
)

REASON = [{"f": "recency_days", "v": 120, "e": 0.8}, {"f": "orders_90", "v": 4, "e": -0.2}]


def make_versions(*, basis: str = "margin", rules: tuple[str, ...] = ()) -> None:
    """A version in use of every model; those of ``rules`` had too little data."""
    for kind in ("value", "churn", "rhythm", "recommendation"):
        parameters = {"basis": basis, "horizon": 90} if kind in ("value", "churn") else {}
        guards = []
        if kind in rules:
            parameters = {"rules": True}
            guards = [{"code": "few_repeaters", "values": {"customers": 3, "needed": 30}}]
        ModelVersion.objects.create(
            kind=kind, number=1, as_of=date.today(), parameters=parameters, guards=guards
        )


def predict(customer: Customer, **fields: Any) -> CustomerPrediction:
    """A prediction; by default a customer who rather leaves and is worth 1,200 a year."""
    today = date.today()
    values = {
        "as_of": today,
        "p_active": 0.7,
        "expected_orders": 6.0,
        "clv": Decimal(900),
        "clv_low": Decimal(300),
        "clv_high": Decimal(1800),
        "value_kept": Decimal(1200),
        "churn_probability": 0.6,
        "churn_status": "scored",
        "churn_reasons": REASON,
        "value_at_risk": Decimal(720),
        "cycle_days": 30.0,
        "next_order_expected": today - timedelta(days=45),
        "next_order_low": today - timedelta(days=55),
        "next_order_high": today - timedelta(days=35),
        "rhythm_status": "overdue",
        "rhythm_ratio": 2.5,
        "versions": {"value": 1, "churn": 1, "rhythm": 1, "basis": "margin"},
        "written_at": timezone.now(),
    }
    return CustomerPrediction.objects.create(customer=customer, **values | fields)


def make_predicted(
    name: str, *, owner: Any = None, tier: int = 2, segment: str = "", phone: str = "", **fields: Any
) -> Customer:
    """A customer with a tier and a prediction."""
    customer = make_customer(name, owner=owner, phone=phone)
    CustomerScore.objects.create(
        customer=customer,
        as_of=date.today(),
        tier=tier,
        rfm_segment=segment,
        frequency=3,
        net_revenue=Decimal(1000),
        evaluated_at=timezone.now(),
    )
    predict(customer, **fields)
    return customer


def make_product(
    sku: str, name: str, *, price: int | None = 100, cost: int | None = 60, category: Any = None
) -> Product:
    return Product.objects.create(sku=sku, name=name, price=price, cost=cost, category=category)


def pair(left: Product, right: Product, *, both: int = 20, low: float = 0.3, lift: float = 4.0) -> PairRule:
    """A rule of pairs: of 50 orders with the one, in 1,000 orders."""
    return PairRule.objects.create(
        left=left, right=right, n_left=50, n_right=100, n_both=both, n_baskets=1000, support=both / 1000,
        confidence=both / 50, lift=lift, confidence_low=low, p_value=1e-6, q_value=1e-5, as_of=date.today(),
    )  # fmt: skip


def recommend(
    customer: Customer, product: Product, kind: str = "discover", rank: int = 1, **evidence: Any
) -> Recommendation:
    evidence.setdefault("code", "bought_times" if kind == "rebuy" else "bought_with")
    return Recommendation.objects.create(
        customer=customer,
        product=product,
        kind=kind,
        rank=rank,
        score=1 / rank,
        evidence=evidence,
        as_of=date.today(),
    )


def make_costs(tier: int | None = None, segment: str = "", **fields: Any) -> CostAssumption:
    """An offer of 100 that keeps 30 % of those about to leave, told in a contact for 2."""
    values = {"retention": 100, "contact": 2, "save_rate": 0.3, "take_rate": 0.2}
    return CostAssumption.objects.create(tier=tier, segment=segment, **values | fields)
