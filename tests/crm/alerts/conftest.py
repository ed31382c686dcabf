"""Publishing a tier or a stage as the analysis does, without an analysis."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from zhike.crm.customers.models import Customer
from zhike.crm.insight import days, publishing, versions
from zhike.crm.insight.models import CustomerScore, Version
from zhike.crm.insight.publishing import Basis

TODAY = date.today()
ROW: dict[str, Any] = dict.fromkeys(publishing.SOURCE_COLUMNS) | {
    "rfm_segment": "",
    "abc_class": "C",
    "frequency": 10,
    "purchase_days": 10,
    "revenue": 10_000_000,  # 1,000: a usual order is 100
    "returns": 0,
    "net_revenue": 10_000_000,
    "reasons": "[]",
}


def version(number: int = 1) -> Version:
    model = versions.ensure_default_model()
    found, _new = Version.objects.get_or_create(
        model=model, number=number, defaults={"calibration": {}, "as_of": TODAY}
    )
    return found


def publish(
    values: Mapping[Customer, tuple[int, str]],
    day: date = TODAY,
    *,
    past: Any = None,
    number: int = 1,
    **more: Any,
) -> None:
    """(tier, stage) of customers as of a day."""
    found = CustomerScore.objects.filter(customer__in=values)
    seen = dict(found.values_list("customer_id", "revision"))
    tiers = dict(found.values_list("customer_id", "tier"))
    rows = [
        ROW
        | {
            "customer_id": customer.pk,
            "as_of": days.number(day),
            "tier": tier,
            "raw_tier": tier,
            "opening_tier": tiers.get(customer.pk, 0),
            "lifecycle": stage,
        }
        | more
        for customer, (tier, stage) in values.items()
    ]
    publishing.publish(rows, Basis(version(number).pk, 0), seen, past)


def ago(count: int) -> date:
    return TODAY - timedelta(days=count)
