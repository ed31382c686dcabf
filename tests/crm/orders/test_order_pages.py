"""Order list, order page and the form that places an order."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from factories import make_customer, make_order
from zhike.crm.catalog.services import create_product
from zhike.crm.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(people):
    def client_of(name):
        client = Client()
        client.force_login(getattr(people, name), backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["zhike_language"] = "en"
        return client

    return client_of


@pytest.fixture
def shop(people):
    people.customer = make_customer("甲公司", owner=people.sales_east)
    people.foreign = make_customer("乙公司", owner=people.sales_west)
    make_order(people.customer, date(2026, 1, 5), 100, number="A1")
    make_order(people.foreign, date(2026, 2, 5), 200, number="B1")
    make_order(None, date(2026, 3, 5), 50, number="C1")
    create_product(actor=people.owner, sku="T1", name="龙井", price=Decimal(100))
    return people


def numbers(page):
    return [row.record.number for row in page.context["table"].rows]


def lines(*rows):
    data = {"lines-TOTAL_FORMS": "4", "lines-INITIAL_FORMS": "0"}
    for place, row in enumerate(rows):
        data |= {f"lines-{place}-{name}": value for name, value in row.items()}
    return data


def test_everybody_sees_the_orders_of_the_row_scope(shop, sign_in):
    assert numbers(sign_in("owner").get("/orders/")) == ["C1", "B1", "A1"]
    assert numbers(sign_in("manager_east").get("/orders/")) == ["A1"]
    assert sign_in("sales_east").get(f"/orders/?customer={shop.foreign.pk}").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("number=B", ["B1"]),
        ("from=2026-02-01", ["C1", "B1"]),
        ("to=2026-02-01", ["A1"]),
        ("sort=date", ["A1", "B1", "C1"]),
    ],
)
def test_orders_are_filtered_and_sorted(shop, sign_in, query, expected):
    assert numbers(sign_in("owner").get(f"/orders/?{query}")) == expected


def test_a_foreign_order_does_not_exist(shop, sign_in):
    order = Order.objects.get(number="B1")
    client = sign_in("sales_east")
    assert client.get(reverse("orders:detail", args=[order.pk])).status_code == 404
    assert client.post(reverse("orders:cancel", args=[order.pk])).status_code == 404
    order.refresh_from_db()
    assert order.status == "confirmed"


def test_placing_an_order_leads_back_to_the_customer_that_waits(shop, sign_in):
    url = reverse("orders:create") + f"?customer={shop.customer.pk}"
    client = sign_in("sales_east")
    assert client.get(url).status_code == 200
    data = {"number": "N1", "placed_at": "2026-01-06T10:00"} | lines({"sku": "T1", "quantity": "2"})
    answer = client.post(url, data)
    assert answer.url.startswith(reverse("customers:detail", args=[shop.customer.pk]) + "?since=")
    assert Order.objects.get(number="N1").revenue == 200


def test_a_wrong_line_keeps_the_input_and_names_the_field(shop, sign_in):
    url = reverse("orders:create") + f"?customer={shop.customer.pk}"
    data = {"number": "N1", "placed_at": "2026-01-06T10:00"} | lines(
        {"sku": "T1", "quantity": "2"}, {"sku": "none", "quantity": "1"}
    )
    answer = sign_in("sales_east").post(url, data)
    assert answer.status_code == 422
    assert "sku" in answer.context["lines"].forms[1].errors
    assert not Order.objects.filter(number="N1").exists()


def test_an_order_page_shows_lines_and_can_be_cancelled(shop, sign_in):
    order = Order.objects.get(number="A1")
    client = sign_in("sales_east")
    assert client.get(reverse("orders:detail", args=[order.pk])).status_code == 200
    client.post(reverse("orders:cancel", args=[order.pk]))
    order.refresh_from_db()
    assert order.status == "cancelled"
