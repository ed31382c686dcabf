"""Placing, changing and cancelling orders."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from factories import make_customer
from zhike.crm.catalog.services import create_product, ensure_category
from zhike.crm.orders.models import Order
from zhike.crm.orders.services import cancel_order, change_order, next_number, place_order
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(people):
    tea = ensure_category("茶叶")
    create_product(
        actor=people.owner,
        sku="T1",
        name="龙井",
        category=ensure_category("绿茶", tea),
        price=Decimal(100),
        cost=Decimal(60),
    )
    people.customer = make_customer(owner=people.sales_east)
    return people


def place(shop, lines, **more):
    more.setdefault("number", "A1")
    more.setdefault("actor", shop.sales_east)
    return place_order(customer=shop.customer, lines=lines, **more)


def test_an_order_takes_price_cost_and_category_from_the_product(shop):
    order = place(shop, [{"sku": "T1", "quantity": 3}])
    assert (order.revenue, order.cost, order.category_mask) == (300, 180, 1)
    assert order.lines.get().description == "龙井"


def test_a_negative_quantity_is_a_return(shop):
    order = place(shop, [{"sku": "T1", "quantity": 3}, {"sku": "T1", "quantity": -1}])
    assert (order.revenue, order.returned, order.cost) == (300, 100, 120)
    assert order.lines.last().amount == -100


def test_the_business_date_is_the_company_s_day(shop):
    late = datetime(2026, 3, 1, 18, tzinfo=UTC)
    order = place(shop, [{"sku": "T1", "quantity": 1}], placed_at=late)
    assert order.business_date == date(2026, 3, 2)


def test_a_foreign_currency_needs_its_rate_and_is_kept_beside_the_base_amount(shop):
    lines = [{"description": "tea", "quantity": 2, "unit_price": "10"}]
    with pytest.raises(DomainError) as caught:
        place(shop, lines, currency="USD")
    assert caught.value.field == "rate"
    order = place(shop, lines, currency="USD", rate=Decimal("7.1"))
    assert (order.revenue, order.lines.get().unit_price, order.currency) == (142, 10, "USD")


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([], "lines"),
        ([{"sku": "none", "quantity": 1}], "lines.0.sku"),
        ([{"quantity": 1, "unit_price": 1}], "lines.0.description"),
        ([{"sku": "T1", "quantity": 0}], "lines.0.quantity"),
        ([{"sku": "T1", "quantity": "NaN"}], "lines.0.quantity"),
        ([{"sku": "T1", "quantity": 1}, {"sku": "T1", "quantity": "x"}], "lines.1.quantity"),
        ([{"sku": "T1", "quantity": 1, "unit_price": -1}], "lines.0.unit_price"),
        ([{"sku": "T1", "quantity": 1, "amount": 5}], "lines.0.amount"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(shop, lines, field):
    with pytest.raises(DomainError) as caught:
        place(shop, lines)
    assert caught.value.field == field
    assert not Order.objects.exists()


def test_the_same_number_twice_is_refused(shop):
    place(shop, [{"sku": "T1", "quantity": 1}])
    with pytest.raises(DomainError):
        place(shop, [{"sku": "T1", "quantity": 1}])
    assert next_number().startswith("M")


def test_an_order_of_the_future_is_refused(shop):
    with pytest.raises(DomainError):
        place(shop, [{"sku": "T1", "quantity": 1}], placed_at=timezone.now() + timedelta(days=3))


def test_nobody_orders_for_a_customer_out_of_scope_or_without_the_right(shop):
    with pytest.raises(DomainError):
        place(shop, [{"sku": "T1", "quantity": 1}], actor=shop.sales_west)
    with pytest.raises(NotAllowed):
        place(shop, [{"sku": "T1", "quantity": 1}], actor=shop.analyst)


def test_changing_an_order_replaces_its_lines_and_totals(shop):
    order = place(shop, [{"sku": "T1", "quantity": 3}])
    changed = change_order(actor=shop.sales_east, order=order, lines=[{"sku": "T1", "quantity": 1}])
    assert changed.revenue == 100
    assert changed.lines.count() == 1


def test_a_cancelled_order_cannot_be_changed_and_cancelling_again_is_silent(shop):
    order = place(shop, [{"sku": "T1", "quantity": 3}])
    cancel_order(actor=shop.sales_east, order=order)
    cancel_order(actor=shop.sales_east, order=order)
    assert AuditEvent.objects.filter(event="order.cancelled").count() == 1
    with pytest.raises(DomainError):
        change_order(actor=shop.sales_east, order=order, lines=[{"sku": "T1", "quantity": 1}])
