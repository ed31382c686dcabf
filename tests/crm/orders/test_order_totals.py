"""Totals of an order against the rule in words."""

from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from zhike.crm.orders.totals import category_bit, compute, kind_of


def line(kind, amount, cost=None, ordinal=None):
    cost = None if cost is None else Decimal(cost)
    return SimpleNamespace(kind=kind, amount=Decimal(amount), cost=cost, category_ordinal=ordinal)


def test_purchases_and_returns_are_summed_apart():
    totals = compute([line("purchase", "100"), line("return", "-30"), line("purchase", "5.5")])
    assert (totals.revenue, totals.returned) == (Decimal("105.5"), Decimal("30"))


def test_cost_is_known_only_when_every_line_has_one():
    assert compute([line("purchase", 10, cost=6), line("return", -5, cost=3)]).cost == 3
    assert compute([line("purchase", 10, cost=6), line("purchase", 5)]).cost is None


def test_free_and_cancelled_lines_count_for_nothing():
    totals = compute([line("free", 0), line("cancelled", 500, cost=1, ordinal=3)])
    assert totals == (0, 0, 0, 0)


def test_categories_beyond_the_last_bit_share_it():
    assert category_bit(None) == 0
    assert category_bit(0) == 1
    assert category_bit(62) == category_bit(900) == 1 << 62
    assert category_bit(900) < 2**63


def test_the_sign_of_the_quantity_tells_a_return():
    assert kind_of(Decimal(-1), Decimal(5)) == "return"
    assert kind_of(Decimal(1), Decimal(0)) == "free"
    assert kind_of(Decimal(1), Decimal(5)) == "purchase"


@given(st.lists(st.tuples(st.sampled_from(["purchase", "return", "free"]), st.integers(0, 10**9))))
def test_revenue_less_returned_is_the_sum_of_signed_amounts(rows):
    lines = [line(kind, -n if kind == "return" else n if kind == "purchase" else 0) for kind, n in rows]
    totals = compute(lines)
    assert totals.revenue - totals.returned == sum(one.amount for one in lines)
