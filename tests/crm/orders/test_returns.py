"""Goods come back: at most what was bought, and every figure follows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from factories import make_customer
from zhike.crm.catalog.services import create_product
from zhike.crm.orders import returns, services
from zhike.crm.orders.models import Order
from zhike.platform.errors import Conflict, DomainError


@pytest.fixture
def order(people):
    create_product(actor=people.owner, sku="A1", name="显示器", price=Decimal(1000), cost=Decimal(600))
    customer = make_customer("甲公司", owner=people.sales_east)
    return services.place_order(
        actor=people.sales_east,
        customer=customer,
        number="M1",
        lines=[
            {"sku": "A1", "quantity": 3},
            {"sku": "A1", "quantity": 2},
            {"description": "安装", "quantity": 1, "unit_price": 200},
        ],
    )


def test_the_same_goods_of_two_lines_are_one(order):
    found = [(one.description, one.bought, one.returned, one.left) for one in returns.returnable(order)]
    assert found == [("显示器", 5, 0, 5), ("安装", 1, 0, 1)]


def test_a_return_lowers_revenue_and_cost_by_its_share(people, order):
    posted = returns.return_goods(actor=people.sales_east, order=order, quantities={0: Decimal(2)})
    assert (posted.return_of, posted.customer) == (order, order.customer)
    assert (posted.revenue, posted.returned, posted.cost) == (0, 2000, -1200)
    assert posted.number.startswith("R")
    assert [one.left for one in returns.returnable(order)] == [3, 1]


def test_no_more_comes_back_than_was_bought_less_what_came_back(people, order):
    returns.return_goods(actor=people.sales_east, order=order, quantities={0: Decimal(4)})
    with pytest.raises(DomainError) as refused:
        returns.return_goods(actor=people.sales_east, order=order, quantities={0: Decimal(2)})
    assert refused.value.field == "quantity_0"
    returns.return_goods(actor=people.sales_east, order=order, quantities={0: Decimal(1)})


@pytest.mark.parametrize("quantities", [{}, {0: Decimal(0)}, {0: Decimal(-1)}, {7: Decimal(1)}])
def test_a_return_of_nothing_or_of_something_else_is_refused(people, order, quantities):
    with pytest.raises(DomainError):
        returns.return_goods(actor=people.sales_east, order=order, quantities=quantities)
    assert Order.objects.count() == 1


def test_a_line_that_an_import_left_without_words_is_counted_too(people, order):
    order.lines.update(description="")
    returns.return_goods(actor=people.sales_east, order=order, quantities={0: Decimal(5)})
    assert returns.returnable(order)[0].left == 0
    assert returns.returnable(order)[0].name == "显示器", "imported lines name the product alone"


def test_a_cancelled_return_can_be_taken_again(people, order):
    posted = returns.return_goods(actor=people.sales_east, order=order, quantities={0: Decimal(5)})
    services.cancel_order(actor=people.sales_east, order=posted)
    assert returns.returnable(order)[0].left == 5


def test_an_order_with_returns_keeps_its_lines_until_the_return_is_cancelled(people, order):
    posted = returns.return_goods(actor=people.sales_east, order=order, quantities={0: Decimal(5)})
    for act in (
        lambda: services.change_order(
            actor=people.sales_east, order=order, lines=[{"sku": "A1", "quantity": 1}]
        ),
        lambda: services.cancel_order(actor=people.sales_east, order=order),
        lambda: services.change_order(
            actor=people.sales_east, order=posted, lines=[{"sku": "A1", "quantity": -1}]
        ),
        lambda: returns.return_goods(actor=people.sales_east, order=posted, quantities={0: Decimal(1)}),
    ):
        with pytest.raises(DomainError):
            act()
    services.cancel_order(actor=people.sales_east, order=posted)
    services.cancel_order(actor=people.sales_east, order=order)


def test_the_page_takes_goods_back(client, people, order):
    client.force_login(people.sales_east)
    address = reverse("orders:return", args=[order.pk])
    data = {"number": "R1", "placed_at": "2026-11-20T10:00", "quantity_0": "2", "quantity_1": ""}
    refused = client.post(address, data | {"quantity_0": "6"})
    assert refused.status_code == 422
    assert "quantity_0" in refused.context["form"].errors
    answer = client.post(address, data)
    assert answer.url.startswith(reverse("customers:detail", args=[order.customer_id]) + "?since=")
    assert Order.objects.get(number="R1").returned == 2000
    text = client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "R1" in text


def test_another_team_takes_nothing_back(client, people, order):
    client.force_login(people.sales_west)
    for name in ("return", "edit"):
        assert client.post(reverse(f"orders:{name}", args=[order.pk]), {}).status_code == 404


def lines(client, url) -> dict[str, str]:
    """What a browser would send of an order's form."""
    context = client.get(url).context
    data = {name: context["form"][name].value() for name in context["form"].fields}
    data["placed_at"] = data["placed_at"].strftime("%Y-%m-%dT%H:%M")
    for form in (context["lines"].management_form, *context["lines"].forms):
        for name in form.fields:
            value = form[name].value()
            data[form.add_prefix(name)] = "" if value is None else value
    return data


def test_an_order_is_changed_by_hand_and_untouched_costs_follow(client, people, order):
    client.force_login(people.sales_east)
    url = reverse("orders:edit", args=[order.pk])
    placed = order.placed_at
    data = lines(client, url) | {
        "lines-0-quantity": "6",
        "lines-2-quantity": "",
        "lines-2-description": "",
        "lines-2-unit_price": "",
        "lines-2-sku": "",
    }
    assert client.post(url, data).status_code == 302
    order.refresh_from_db()
    assert [(line.quantity, line.cost) for line in order.lines.all()] == [(6, 3600), (2, 1200)]
    assert (order.revenue, order.cost, order.placed_at) == (8000, 4800, placed)


def test_a_new_product_in_a_line_brings_its_own_cost(client, people, order):
    create_product(actor=people.owner, sku="B2", name="键盘", price=Decimal(100), cost=Decimal(40))
    client.force_login(people.sales_east)
    url = reverse("orders:edit", args=[order.pk])
    data = lines(client, url) | {
        "lines-0-sku": "B2",
        "lines-0-description": "键盘",
        "lines-0-unit_price": "100",
    }
    assert client.post(url, data).status_code == 302
    line = order.lines.order_by("position").first()
    assert (line.product.sku, line.quantity, line.cost) == ("B2", 3, 120)


def test_an_order_changed_meanwhile_keeps_the_input_and_shows_the_saved_lines(client, people, order):
    client.force_login(people.sales_east)
    url = reverse("orders:edit", args=[order.pk])
    data = lines(client, url) | {"lines-0-quantity": "9"}
    services.change_order(actor=people.manager_east, order=order, lines=[{"sku": "A1", "quantity": 7}])
    with pytest.raises(Conflict):
        services.change_order(actor=people.sales_east, order=order, lines=[], seen=data["version"])
    answer = client.post(url, data)
    assert answer.status_code == 409
    assert answer.context["meeting"]["who"] == "manager_east"
    assert [line.quantity for line in answer.context["meeting"]["lines"]] == [7]
    assert answer.context["lines"].forms[0]["quantity"].value() == "9"
    data["version"] = answer.context["form"]["version"].value()
    assert client.post(url, data).status_code == 302
    assert order.lines.first().quantity == 9
