"""Products and categories by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from zhike.crm.catalog import services
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.models import CustomField


@pytest.fixture
def product(people, client):
    client.force_login(people.owner)
    return services.create_product(actor=people.owner, sku="A1", name="显示器", price=Decimal(1000))


def test_products_are_suggested_by_number_and_name_while_on_sale(client, people, product):
    services.create_product(actor=people.owner, sku="B2", name="A1 支架")
    services.create_product(actor=people.owner, sku="A9", name="旧显示器", is_active=False)
    answer = client.get(reverse("catalog:suggest") + "?q=A1").json()["products"]
    assert [(one["sku"], one["price"]) for one in answer] == [("A1", "1000"), ("B2", None)]
    assert [one["sku"] for one in client.get(reverse("catalog:suggest") + "?q=显示").json()["products"]] == [
        "A1"
    ]


def test_a_product_goes_off_sale_and_back(client, product):
    url = reverse("catalog:on_sale", args=[product.pk])
    client.post(url, {"on_sale": "0"})
    assert not Product.objects.get().is_active
    client.post(url, {"on_sale": "1"})
    assert Product.objects.get().is_active


def test_a_product_changed_meanwhile_shows_both_values(client, people, product):
    url = reverse("catalog:edit", args=[product.pk])
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    services.update_product(actor=people.owner, product=product, price=Decimal(900))
    answer = client.post(url, data | {"price": "800"})
    assert answer.status_code == 409
    assert [(one.name, one.yours, one.saved) for one in answer.context["meeting"].clashes] == [
        ("price", "800", "900")
    ]


def test_a_product_has_the_companys_own_fields(client, product):
    CustomField.objects.create(entity="product", key="maker", label="厂家", required=True)
    url = reverse("catalog:edit", args=[product.pk])
    data = {"sku": "A1", "name": "显示器", "is_active": "on"}
    assert client.post(url, data).status_code == 422
    assert client.post(url, data | {"custom_maker": "京东方"}).status_code == 302
    assert Product.objects.get().custom == {"maker": "京东方"}


def test_categories_are_added_below_and_renamed(client, people, product):
    client.post(reverse("catalog:create_category"), {"name": "电子"})
    top = Category.objects.get()
    client.post(reverse("catalog:create_category"), {"name": "显示", "parent": top.pk})
    client.post(reverse("catalog:edit_category", args=[top.pk]), {"name": "数码"})
    assert [(c.name, c.parent, c.ordinal) for c in Category.objects.order_by("pk")] == [
        ("数码", None, 0),
        ("显示", Category.objects.get(name="数码"), None),
    ]
    text = client.get(reverse("catalog:categories")).content.decode()
    assert "数码 / 显示" in text
    assert client.post(reverse("catalog:create_category"), {"name": "数码"}).status_code == 422


def test_prices_name_their_currency_and_have_two_decimals_unless_they_need_more(client, people, product):
    services.update_product(
        actor=people.owner, product=product, price=Decimal("12.5"), cost=Decimal("0.0125")
    )
    form = client.get(reverse("catalog:edit", args=[product.pk])).context["form"]
    assert form["price"].label.endswith("(CNY)")
    assert [str(form[name].value()) for name in ("price", "cost")] == ["12.50", "0.0125"]
