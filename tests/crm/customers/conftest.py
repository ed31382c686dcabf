"""A signed-in client by the name of the person, and scores without an analysis."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from zhike.crm.customers.models import Customer
from zhike.crm.insight.models import CustomerScore


@pytest.fixture
def scored():
    """Give a customer a published score."""

    def give(customer: Customer, net: int = 100, **fields: Any) -> CustomerScore:
        values = {
            "as_of": date(2026, 11, 21),
            "tier": 1,
            "tier_score": 50.0,
            "lifecycle": "repeat",
            "net_revenue": Decimal(net),
            "revenue": Decimal(net),
            "frequency": 1,
            "last_order": date(2026, 11, 21) - timedelta(days=net % 300),
            "evaluated_at": timezone.now(),
        }
        return CustomerScore.objects.create(customer=customer, **(values | fields))

    return give
