"""What an order line means, and lines collected into orders."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.orders import (
    REASON_WORDS,
    Categories,
    LineClass,
    LineKind,
    LineRules,
    OrderBook,
    OrderLine,
    Reason,
    cancel_numbers_apply,
    classify,
    day_number,
    day_of,
    from_units,
    to_units,
)

DAY = dt.date(2026, 1, 2)


def line(**given) -> OrderLine:
    values = {"order_number": "1", "customer": "A", "day": DAY, "quantity": 2, "unit_price": "3.5"} | given
    for name in ("quantity", "unit_price", "amount", "cost"):
        if values.get(name) is not None:
            values[name] = Decimal(str(values[name]))
    return OrderLine(**values)


def kind(**given) -> str:
    found = classify(line(**given))
    return found.reason.value if found.reason else found.kind.value


def test_a_purchase_is_quantity_times_price():
    assert classify(line()) == LineClass(LineKind.PURCHASE, 70_000)


def test_a_given_amount_wins_over_quantity_times_price():
    assert classify(line(amount="6.3")).units == 63_000


@pytest.mark.parametrize(
    ("given_values", "wanted"),
    [
        ({"order_number": "C536379"}, "return"),
        ({"order_number": "CA-2013-152156"}, "purchase"),
        ({"quantity": -1}, "return"),
        ({"quantity": None, "unit_price": None, "amount": "-5"}, "return"),
        ({"returned": True}, "return"),
        ({"status": "退货退款成功"}, "return"),
        ({"status": "Refunded"}, "return"),
        ({"status": "部分退款"}, "purchase"),
        ({"status": "交易成功"}, "purchase"),
        ({"status": "交易关闭"}, "cancelled"),
        ({"status": "已取消"}, "cancelled"),
        ({"status": "canceled"}, "cancelled"),
        ({"status": "等待买家付款"}, "not_paid"),
        ({"customer": ""}, "anonymous"),
        ({"customer": "", "quantity": -1}, "anonymous"),
        ({"unit_price": 0}, "no_price"),
        ({"unit_price": -3}, "no_price"),
        ({"quantity": 0}, "no_quantity"),
        ({"unit_price": None}, "no_amount"),
        ({"amount": 0}, "no_amount"),
        ({"customer": "", "unit_price": 0}, "no_price"),
    ],
)
def test_each_line_has_one_meaning(given_values, wanted):
    assert kind(**given_values) == wanted


def test_an_unknown_customers_return_lowers_the_anonymous_sales():
    assert classify(line(customer="", quantity=-2)).units == -70_000


def test_where_most_numbers_start_with_c_the_letter_means_nothing():
    assert not cancel_numbers_apply(["C100001", "C100002", "C100003", "D1"])
    assert cancel_numbers_apply(["536365", "536366", "C536379"])
    assert classify(line(order_number="C100001"), LineRules(cancel_numbers=False)).kind is LineKind.PURCHASE


def test_every_reason_has_words():
    assert set(REASON_WORDS) == {reason.value for reason in Reason}


def test_lines_of_one_number_and_customer_are_one_order():
    book = OrderBook()
    book.add(line(category="茶", cost=3))
    book.add(line(category="酒", cost=4, day=DAY + dt.timedelta(days=1)))
    book.add(line(customer="B"))
    book.add(line(quantity=-1, cost=1))
    table = book.to_arrow().to_pylist()
    assert table[0] == {
        "order_id": 1,
        "customer_id": 1,
        "day": day_number(DAY),
        "revenue": 140_000,
        "returned": 35_000,
        "cost": 60_000,
        "category_mask": 3,
    }
    assert (table[1]["customer_id"], table[1]["cost"]) == (2, None)


def test_one_line_without_cost_makes_the_cost_of_the_order_unknown():
    book = OrderBook()
    book.add(line(cost=3))
    book.add(line())
    assert book.to_arrow()["cost"].to_pylist() == [None]


def test_the_sixty_third_category_and_all_later_ones_share_a_bit():
    categories = Categories(str(number) for number in range(80))
    assert categories.mask("0") == 1
    assert categories.mask("62") == categories.mask("79") == 1 << 62
    assert categories.mask("") == 0


def test_days_are_counted_from_1970():
    assert day_number(dt.date(1970, 1, 1)) == 0
    assert day_of(day_number(DAY)) == DAY


@given(st.decimals(0, 10**8, places=4, allow_nan=False))
def test_four_decimals_are_exact(amount):
    assert from_units(to_units(amount)) == amount


def test_more_than_four_decimals_are_rounded_half_to_even():
    assert to_units(Decimal("0.00005")) == 0
    assert to_units(Decimal("0.00015")) == 2
    assert to_units(Decimal("731.9399999999999")) == 7_319_400


@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"),
            st.sampled_from(["1", "2", "C3333"]),
            st.integers(-3, 5),
            st.integers(0, 900),
        ),
        max_size=40,
    )
)
def test_the_order_book_keeps_the_money_of_all_lines(rows):
    book = OrderBook()
    bought = returned = 0
    for customer, number, quantity, cents in rows:
        found = book.add(
            line(customer=customer, order_number=number, quantity=quantity, unit_price=Decimal(cents) / 100)
        )
        bought += found.units if found.kind is LineKind.PURCHASE else 0
        returned += found.units if found.kind is LineKind.RETURN else 0
    table = book.to_arrow()
    assert sum(table["revenue"].to_pylist()) == bought
    assert sum(table["returned"].to_pylist()) == returned
