"""A small company whose statistics can be counted from its records."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from built_once import built_once
from factories import SHANGHAI, make_customer, make_people
from zhike.crm.catalog.models import Category
from zhike.crm.insight import services as insight
from zhike.crm.orders.models import Order

TODAY = date.today()
PROVINCES, INDUSTRIES = ("31", "44", "51", "71", ""), ("C", "39", "51", "")
SIZES, KINDS = ("small", "medium", "large", ""), ("company", "person")
CATEGORIES = ("茶叶", "茶具", "礼盒", "点心")
COUNTRIES, SOURCES = ("中国", "=1+1", ""), ("展会", "网站", "")


@pytest.fixture(scope="module")
def founded(django_db_setup, django_db_blocker, tmp_path_factory):
    home = tmp_path_factory.mktemp("statistics")
    with built_once(django_db_blocker, home):
        yield _company(home)


@pytest.fixture
def analyzed(founded, db, settings):
    settings.ZHIKE_HOME = founded.home
    return founded


def _company(home: Path) -> SimpleNamespace:
    """Eighty customers of two teams and of nobody, with orders over two years; one never bought anything."""
    people = make_people()
    chance = Random(7)
    owners = [people.sales_east, people.sales_east2, people.sales_west, None]
    customers = [
        make_customer(
            f"公司{k:02d}号",
            owner=owners[k % 4],
            province=chance.choice(PROVINCES),
            industry=chance.choice(INDUSTRIES),
            size=chance.choice(SIZES),
            kind=chance.choice(KINDS),
            country=chance.choice(COUNTRIES),
            source=chance.choice(SOURCES),
        )
        for k in range(80)
    ]
    Order.objects.bulk_create(
        order for k, customer in enumerate(customers) for order in _orders(chance, k, customer)
    )
    make_customer("只看不买", owner=people.sales_east)
    for number, name in enumerate(CATEGORIES):
        Category.objects.create(name=name, ordinal=number)
    insight.run_now(progress=lambda _text: None)
    return SimpleNamespace(home=home, people=people, customers=customers, today=TODAY)


def _orders(chance: Random, k: int, customer) -> list[Order]:
    """The newest of a few customers is today; every fifth order brings something back."""
    days = sorted({chance.randrange(0, 700) for _n in range(1 + k % 6)} | ({0} if k % 9 == 0 else set()))
    found = []
    for n, back in enumerate(days):
        day, revenue = TODAY - timedelta(days=back), Decimal(chance.randrange(100, 90_000)) / 10
        found.append(
            Order(
                customer=customer,
                number=f"N{k}-{n}",
                business_date=day,
                placed_at=datetime.combine(day, time(12), SHANGHAI),
                revenue=revenue,
                returned=revenue / 4 if chance.random() < 0.2 else 0,
                cost=revenue / 2 if chance.random() < 0.6 else None,
                category_mask=1 << chance.randrange(4),
            )
        )
    return found
