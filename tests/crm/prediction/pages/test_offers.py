"""Cross-selling under the filters of products, and what is bought together."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.prediction.pages.predicted import make_predicted, make_product, make_versions, pair, recommend
from zhike.crm.catalog.models import Category

PAGE = "prediction:cross_sell"


@pytest.fixture
def shelf(people):
    """Tea for 100 and cake for 30, both offered to the first; silk without a price to the second."""
    make_versions()
    food = Category.objects.create(name="食品", ordinal=0)
    drinks = Category.objects.create(name="茶", parent=food)
    tea = make_product("T1", "龙井茶", category=drinks)
    cake = make_product("C1", "月饼", price=30, category=food)
    silk = make_product("S1", "丝绸", price=None)
    first = make_predicted("东方", owner=people.sales_east)
    second = make_predicted("西域", owner=people.sales_west)
    recommend(first, cake)
    recommend(first, tea, rank=2)
    recommend(second, silk)
    return {"food": food, "drinks": drinks, "tea": tea, "cake": cake, "silk": silk}


@pytest.mark.parametrize(
    ("query", "customers", "products"),
    [
        ("", {"东方", "西域"}, {"龙井茶", "月饼", "丝绸"}),
        ("offered_category={food}", {"东方"}, {"龙井茶", "月饼"}),
        ("offered_category={drinks}", {"东方"}, {"龙井茶"}),
        ("offered_from=50", {"东方"}, {"龙井茶"}),
        ("offered_to=50", {"东方"}, {"月饼"}),
        ("offered_category={drinks}&offered_to=50", set(), set()),
        ("offered_category=x", set(), set()),
        ("offered_from=x", set(), set()),
    ],
)
def test_offers_are_narrowed_by_category_and_price_band(shelf, as_user, query, customers, products):
    client = as_user("owner")
    query = query.format(food=shelf["food"].pk, drinks=shelf["drinks"].pk)
    page = client.get(f"{reverse(PAGE)}?{query}")
    rows = [row.record for row in page.context["table"].rows]
    assert {row.customer.name for row in rows} == customers
    # A row shows what was asked for, and nothing else.
    assert {one.product.name for row in rows for one in row.offered} == products
    page = client.get(f"{reverse(PAGE)}?by=product&{query}")
    assert {row["product"].name for row in page.context["products"]} == products
    if query:
        assert page.context["chips"]


@pytest.mark.parametrize("query", ["offered_category={drinks}", "offered_to=50", "offered_from=50"])
def test_bulk_work_and_the_file_reach_the_customers_of_the_filter(shelf, as_user, query):
    client = as_user("owner")
    page = client.get(f"{reverse(PAGE)}?{query.format(drinks=shelf['drinks'].pk)}")
    for address in (page.context["bulk_query"], page.context["export_query"]):
        found = client.get(f"{reverse('customers:list')}?{address}")
        assert [row.record.name for row in found.context["table"].rows] == ["东方"]
    assert client.get(f"{reverse('bulk:start')}?{page.context['bulk_query']}&act=task").context["total"] == 1


@pytest.fixture
def rules(shelf):
    pair(shelf["tea"], shelf["cake"], both=20, low=0.3, lift=4)
    pair(shelf["cake"], shelf["tea"], both=20, low=0.1, lift=4)
    pair(shelf["tea"], shelf["silk"], both=12, low=0.2, lift=9)


def test_what_is_bought_together_shows_exact_counts_and_opens_the_customers(shelf, rules, as_user):
    page = as_user("owner").get(reverse(PAGE), {"by": "together"})
    rows = page.context["table"].rows
    assert {(row.record.left.name, row.record.right.name) for row in rows} == {
        ("龙井茶", "月饼"), ("月饼", "龙井茶"), ("龙井茶", "丝绸"),
    }  # fmt: skip
    text = page.content.decode()
    assert "of 50 with the first, 1,000 in all" in text
    assert "at least 30" in text
    assert "4.0 times" in text
    assert f"?product={shelf['cake'].pk}" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "丝绸"}, [("龙井茶", "丝绸")]),
        ({"q": "c1", "sort": "-share"}, [("龙井茶", "月饼"), ("月饼", "龙井茶")]),
        ({"sort": "-lift", "offered_from": 1}, [("月饼", "龙井茶"), ("龙井茶", "月饼")]),
        ({"offered_category": "{drinks}"}, [("月饼", "龙井茶")]),
        ({"q": "nothing"}, []),
    ],
)
def test_pairs_are_searched_narrowed_and_sorted(shelf, rules, as_user, query, found):
    query = {name: str(value).format(drinks=shelf["drinks"].pk) for name, value in query.items()}
    page = as_user("owner").get(reverse(PAGE), {"by": "together", **query})
    rows = page.context["table"].rows
    assert [(row.record.left.name, row.record.right.name) for row in rows] == found


def test_pairs_need_at_most_15_statements(shelf, rules, as_user):
    client = as_user("manager_east")
    client.get(reverse(PAGE), {"by": "together"})
    with CaptureQueriesContext(connection) as statements:
        assert client.get(reverse(PAGE), {"by": "together", "q": "茶"}).status_code == 200
    assert len(statements) <= 15
