"""What the API gives of predictions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ninja import Schema


class ChurnReasonOut(Schema):
    """What speaks for or against leaving: a feature, its value, and its effect on the probability."""

    feature: str
    label: str
    value: float | None
    effect: float | None


class OfferOut(Schema):
    """A product for a customer; ``evidence`` is a code with values."""

    rank: int
    product_id: int
    sku: str
    name: str
    score: float
    evidence: dict[str, Any]


class NeedOut(Schema):
    """A product of the next orders: when, how much, and the own purchases that speak for it."""

    product_id: int
    on: date
    quantity: float
    evidence: dict[str, Any]


class PredictionOut(Schema):
    """What the models say about a customer; null where they say nothing.

    Money over the next twelve months, in the base currency; ``basis`` says whether it is margin or revenue.
    """

    customer_id: int
    as_of: date
    versions: dict[str, int]
    basis: str
    p_active: float | None
    expected_orders: float | None
    clv: Decimal | None
    clv_low: Decimal | None
    clv_high: Decimal | None
    value_kept: Decimal | None
    churn_probability: float | None
    churn_status: str
    churn_reasons: list[ChurnReasonOut]
    value_at_risk: Decimal | None
    cycle_days: float | None
    next_order_expected: date | None
    next_order_low: date | None
    next_order_high: date | None
    rhythm_status: str
    rhythm_ratio: float | None
    expected_need: list[NeedOut]
    rebuy: list[OfferOut]
    discover: list[OfferOut]
