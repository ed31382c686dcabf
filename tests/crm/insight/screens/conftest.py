"""A company of two teams with known orders, analyzed: what the screens must show can be counted by hand."""

from __future__ import annotations

import copy
from datetime import datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from built_once import built_once, own_copy
from factories import SHANGHAI, make_customer, make_people
from zhike.crm.insight import services as insight
from zhike.crm.orders.models import Order

from ..conftest import TODAY

PROVINCES, SIZES = ("31", "44", "51", ""), ("small", "medium", "large", "")


@pytest.fixture(scope="module")
def founded(django_db_setup, django_db_blocker, tmp_path_factory):
    with built_once(django_db_blocker, tmp_path_factory.mktemp("screens")) as home:
        found = _company(make_people())
        insight.run_now(as_of=TODAY, progress=lambda _text: None)
        yield SimpleNamespace(home=home, company=found)


@pytest.fixture
def analyzed(founded, home, db):
    own_copy(founded.home, home)
    return copy.deepcopy(founded.company)


def _company(people):
    """Forty customers of two teams and of nobody; customer k bought k % 7 + 1 times, last k days ago."""
    owners = [people.sales_east, people.sales_east2, people.sales_west, None]
    customers = [
        make_customer(
            f"公司{k:02d}号",
            owner=owners[k % 4],
            province=PROVINCES[k % 3],
            size=SIZES[k % 4],
            country="中国",
            last_contact_at=datetime.combine(TODAY - timedelta(days=2 * k), time(9), SHANGHAI)
            if k % 5
            else None,
        )
        for k in range(1, 41)
    ]
    Order.objects.bulk_create(
        order for k, customer in enumerate(customers, 1) for order in _orders(k, customer)
    )
    make_customer("只看不买", owner=people.sales_east)
    return SimpleNamespace(people=people, customers=customers, today=TODAY)


def _orders(k: int, customer) -> list[Order]:
    """Every third order has no known cost; customer 40 brought everything back."""
    return [
        Order(
            customer=customer,
            number=f"N{k}-{n}",
            business_date=(day := TODAY - timedelta(days=3 * k + 25 * n)),
            placed_at=datetime.combine(day, time(12), SHANGHAI),
            revenue=Decimal(100 * k + n),
            returned=Decimal(100 * k + n) if k == 40 else 0,
            cost=None if n % 3 == 2 else Decimal(60 * k),
            category_mask=1 << (n % 3),
        )
        for n in range(k % 7 + 1)
    ]
