"""Other rooms put cards on the customer page without the page knowing them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from factories import make_customer
from zhike.crm.portfolio import cards
from zhike.crm.portfolio.cards import Card

WHO = "customers/_who.html"


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(cards, "CARDS", {})
    return cards.CARDS


def card(name: str, order: int, column: str, text: str | None) -> Card:
    return Card(name, order, WHO, lambda *_args: None if text is None else {"facts": [(text, 1)]}, column)


@pytest.mark.django_db
def test_a_card_stands_in_its_column_above_or_below_what_is_always_there(client, people, registry):
    customer = make_customer(owner=people.sales_east)
    client.force_login(people.sales_east)
    cards.register(card("late", 200, "side", "zz-late"))
    cards.register(card("early", 10, "side", "zz-early"))
    cards.register(card("wide", 20, "main", "zz-wide"))
    text = client.get(reverse("customers:detail", args=[customer.pk])).content.decode()
    assert text.index("zz-wide") < text.index("zk-timeline") < text.index("zz-early") < text.index("zz-late")


@pytest.mark.django_db
def test_a_card_with_nothing_to_show_is_absent(client, people, registry):
    customer = make_customer(owner=people.sales_east)
    client.force_login(people.sales_east)
    cards.register(card("empty", 10, "side", None))
    response = client.get(reverse("customers:detail", args=[customer.pk]))
    assert response.context["cards"]["side_above"] == []


def test_the_same_name_replaces_the_card(registry):
    cards.register(card("one", 10, "side", "a"))
    cards.register(card("one", 20, "main", "b"))
    assert [found.order for found in cards.CARDS.values()] == [20]
