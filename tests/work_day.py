"""Fixtures of the working day: signed-in clients, customers with a score, an installation of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from factories import make_customer
from zhike.crm.customers.models import Customer
from zhike.crm.insight.models import CustomerScore
from zhike.crm.today.viewer import Viewer


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def scored() -> Callable[..., Customer]:
    """A customer with a tier."""

    def make(name: str, tier: int, *, owner: Any = None, **fields: Any) -> Customer:
        customer = make_customer(name, owner=owner, **fields)
        CustomerScore.objects.create(
            customer=customer,
            as_of=date.today(),
            tier=tier,
            frequency=3,
            net_revenue=Decimal(1000 * tier),
            evaluated_at=timezone.now(),
        )
        return customer

    return make


@pytest.fixture
def viewer() -> Callable[..., Viewer]:
    return lambda user, who="": Viewer.of(user, who)
