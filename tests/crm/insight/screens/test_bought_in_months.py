"""The filter by net revenue of some months against a count by hand over the orders."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhike.crm.customers.models import Customer
from zhike.crm.orders.models import Order
from zhike.crm.portfolio import bought, filters, queries

pytestmark = pytest.mark.django_db


def found(query: str, user) -> set[int]:
    rows = filters.apply(Customer.objects.visible_to(user), QueryDict(query), user)
    return set(rows.values_list("pk", flat=True))


def by_hand(user, first: str, last: str, least: Decimal) -> set[int]:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for order in Order.objects.filter(customer__in=Customer.objects.visible_to(user)):
        if first <= f"{order.business_date:%Y-%m}" <= last:
            sums[order.customer_id] += order.revenue - order.returned
    return {pk for pk, total in sums.items() if total >= least}


@pytest.mark.parametrize("role", ["owner", "manager_east", "sales_west"])
@pytest.mark.parametrize(("begin", "end", "least"), [(1, 0, "0.0001"), (6, 2, "5000"), (24, 0, "20000")])
def test_the_sum_of_the_months_decides(analyzed, role, begin, end, least):
    user = getattr(analyzed.people, role)
    known = [month for month, _text in bought.months()]
    assert len(known) == 25
    first, last = known[begin], known[end]
    expected = by_hand(user, first, last, Decimal(least))
    assert found(f"bought_from={first}&bought_to={last}&bought_min={least}", user) == expected
    assert queries.summed(user, QueryDict(f"bought_from={first}&bought_to={last}&bought_min={least}"))[
        0
    ] == len(expected)


def test_each_parameter_may_stand_alone(analyzed):
    user = analyzed.people.owner
    known = [month for month, _text in bought.months()]
    assert found(f"bought_from={known[2]}", user) == by_hand(user, known[2], known[0], Decimal("0.0001"))
    assert found("bought_min=9000", user) == by_hand(user, known[-1], known[0], Decimal(9000))


@pytest.mark.parametrize(
    "query",
    [
        "bought_from=2001-01",
        "bought_from=x",
        "bought_min=x",
        "bought_min=-1",
        "bought_to=1999-13&bought_min=1",
    ],
)
def test_a_wrong_link_shows_nobody(analyzed, query):
    assert found(query, analyzed.people.owner) == set()


def test_the_list_says_it_in_chips_and_stays_within_15_statements(analyzed, client):
    client.force_login(analyzed.people.owner)
    client.cookies["zhike_language"] = "en"
    month = bought.months()[3][0]
    address = f"{reverse('customers:list')}?bought_from={month}&bought_min=1000"
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        page = client.get(address).content.decode()
    assert len(statements) <= 15
    assert "Bought from month" in page
    assert "¥1,000" in page
