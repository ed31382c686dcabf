"""The change log sees every write, whoever makes it."""

from __future__ import annotations

from datetime import date

import pytest

from factories import make_customer, make_order
from zhike.crm.customers.models import Customer
from zhike.crm.orders.models import Order
from zhike.platform import changes
from zhike.platform.models import ChangeLog

pytestmark = pytest.mark.django_db


def logged() -> list[tuple[str, int | None]]:
    rows = list(ChangeLog.objects.order_by("seq").values_list("entity", "customer_id"))
    ChangeLog.objects.all().delete()
    return rows


def test_creating_changing_and_deleting_an_order_names_its_customer():
    customer = make_customer()
    logged()
    order = make_order(customer, date(2026, 5, 1))
    assert logged() == [("order", customer.pk)]
    Order.objects.filter(pk=order.pk).update(revenue=5)
    assert logged() == [("order", customer.pk)]
    Order.objects.all().delete()
    assert ("order", customer.pk) in logged()


def test_moving_an_order_names_both_customers():
    first, second = make_customer(), make_customer("杭州新程贸易有限公司")
    order = make_order(first, date(2026, 5, 1))
    logged()
    Order.objects.filter(pk=order.pk).update(customer=second)
    assert set(logged()) == {("order", first.pk), ("order", second.pk)}


def test_bulk_writes_are_seen():
    logged()  # what emptying the tables after another test left
    Customer.objects.bulk_create([Customer(name=f"客户{n}") for n in range(3)])
    assert {entity for entity, _customer in logged()} == {"customer"}
    Customer.objects.update(city="310100")
    assert len({customer for _entity, customer in logged()}) == 3


def test_a_watermark_never_moves_back():
    changes.advance("test", 7)
    changes.advance("test", 3)
    assert changes.watermark("test") == 7


@pytest.mark.django_db(transaction=True)
def test_changed_customers_are_those_between_two_positions():
    start = changes.safe_position()
    first = make_customer()
    middle = changes.safe_position()
    second = make_customer("杭州新程贸易有限公司")
    assert changes.changed_customers(start, middle) == [first.pk]
    assert changes.changed_customers(middle, changes.safe_position()) == [second.pk]


@pytest.mark.django_db(transaction=True)
def test_only_what_every_consumer_saw_is_pruned():
    make_customer()
    position = changes.safe_position()
    make_customer("杭州新程贸易有限公司")
    changes.advance("lake", changes.safe_position())
    changes.advance("events", position)
    changes.prune(["lake", "events"])
    assert ChangeLog.objects.exists()
    changes.advance("events", changes.safe_position() + 1)
    changes.advance("lake", changes.safe_position() + 1)
    changes.prune(["lake", "events"])
    assert not ChangeLog.objects.exists()
