"""A company whose customers were analyzed, and analyses run where they are enqueued."""

from __future__ import annotations

import copy
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from built_once import built_once, own_copy
from factories import SHANGHAI, make_customer, make_people
from zhike.analytics.workbench import Choice
from zhike.crm.catalog.models import Product
from zhike.crm.insight import services as insight
from zhike.crm.orders.models import Order, OrderLine
from zhike.crm.workbench import services
from zhike.crm.workbench.models import Analysis
from zhike.platform import jobs

TODAY = date.today()
CUSTOMERS = 240


@pytest.fixture(scope="module")
def founded(django_db_setup, django_db_blocker, tmp_path_factory):
    with built_once(django_db_blocker, tmp_path_factory.mktemp("workbench")) as home:
        people = make_people()
        yield SimpleNamespace(home=home, people=people, products=_company(people))


@pytest.fixture(autouse=True)
def home(founded, tmp_path, settings):
    settings.ZHIKE_HOME = own_copy(founded.home, tmp_path)
    return tmp_path


@pytest.fixture
def people(founded, db):
    return copy.deepcopy(founded.people)


@pytest.fixture
def company(founded, db):
    return founded.products


def _company(people):
    """240 customers: half of sales_east, half of sales_west; big and frequent, or small and long away."""
    rng = np.random.default_rng(1)
    products = [Product.objects.create(sku=f"P{n}", name=f"产品{n}") for n in range(4)]
    orders: list[Order] = []
    for n in range(CUSTOMERS):
        owner, big = people.sales_east if n % 2 else people.sales_west, n % 4 < 2
        industry = "C" if big else "F"
        customer = make_customer(f"客户{n}", owner=owner, industry=industry, province="31")
        orders += _orders(customer, rng, big, n)
    lines = [line for order in Order.objects.bulk_create(orders) for line in _lines(order, products)]
    OrderLine.objects.bulk_create(lines)
    insight.run_now(progress=lambda _text: None)
    return products


def _orders(customer, rng, big, n):
    count = int(rng.integers(6, 10)) if big else int(rng.integers(1, 3))
    last = int(rng.integers(1, 30)) if big else int(rng.integers(150, 330))
    for k in range(count):
        on = TODAY - timedelta(days=last + 9 * k)
        amount = int(rng.integers(900, 1500)) if big else int(rng.integers(50, 120))
        placed = datetime.combine(on, time(12), SHANGHAI)
        yield Order(customer=customer, number=f"W{n}-{k}", business_date=on, placed_at=placed, revenue=amount)


def _lines(order, products):
    """The first two products are bought together by the big ones."""
    chosen = products[:2] if order.revenue >= 900 else [products[2 + order.pk % 2]]
    share = order.revenue / len(chosen)
    for place, product in enumerate(chosen):
        yield OrderLine(
            order=order, position=place, product=product, quantity=1, unit_price=share, amount=share
        )


class Bench:
    """Asks a question and lets its job run."""

    def start(
        self, actor: Any, recipe: str, slots: dict[str, list[str]], query: str = "", **options: str
    ) -> Analysis:
        return services.start(actor=actor, recipe=recipe, choice=Choice(slots, options), query=query)

    def __call__(
        self, actor: Any, recipe: str, slots: dict[str, list[str]], query: str = "", **options: str
    ) -> Analysis:
        return self.run(self.start(actor, recipe, slots, query, **options))

    def run(self, analysis: Analysis) -> Analysis:
        jobs.run(analysis.job_id)
        analysis.refresh_from_db()
        return analysis


@pytest.fixture
def ask() -> Bench:
    return Bench()
