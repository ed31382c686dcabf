"""The catalogue: verbs, list and form."""

from decimal import Decimal

import pytest
from django.test import Client

from zhike.crm.catalog import services
from zhike.crm.catalog.models import Product
from zhike.platform.errors import DomainError, NotAllowed

pytestmark = pytest.mark.django_db


def test_top_categories_get_the_next_place_in_the_mask(people):
    tea, wine = services.ensure_category("茶叶"), services.ensure_category("酒")
    green = services.ensure_category("绿茶", tea)
    assert (tea.ordinal, wine.ordinal, green.ordinal) == (0, 1, None)
    assert services.ensure_category("茶叶") == tea
    product = services.create_product(actor=None, sku="T1", name="龙井", category=green)
    assert services.top_ordinals([product])[green.pk] == 0


def test_a_product_number_is_unique_and_prices_are_not_negative(people):
    services.create_product(actor=people.owner, sku="T1", name="龙井")
    for wrong, code in (
        ({"sku": "T1", "name": "x"}, "taken"),
        ({"sku": "T2", "name": "x", "price": Decimal(-1)}, "not_number"),
        ({"sku": "", "name": "x"}, "required"),
        ({"sku": "T2", "name": "x" * 301}, "too_long"),
    ):
        with pytest.raises(DomainError) as refused:
            services.create_product(actor=people.owner, **wrong)
        assert refused.value.code == code
    with pytest.raises(NotAllowed):
        services.create_product(actor=people.analyst, sku="T3", name="x")
    assert Product.objects.count() == 1


def test_the_list_is_searched_and_the_form_saves(people):
    client = Client()
    client.force_login(people.owner, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/products/new", {"sku": "T1", "name": "龙井", "price": "100", "is_active": "on"})
    client.post("/products/new", {"sku": "W1", "name": "红酒"})
    page = client.get("/products/?q=龙")
    assert [row.record.sku for row in page.context["table"].rows] == ["T1"]
    product = Product.objects.get(sku="T1")
    client.post(f"/products/{product.pk}", {"sku": "T1", "name": "龙井茶", "cost": "60"})
    product.refresh_from_db()
    assert (product.name, product.cost, product.is_active) == ("龙井茶", 60, False)
    assert client.post("/products/new", {"sku": "T1", "name": "x"}).status_code == 422
