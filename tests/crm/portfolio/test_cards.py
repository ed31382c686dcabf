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


@pytest.fixture
def page(client, people):
    """The page of a customer, or a column of its cards, as its owner sees it."""
    customer = make_customer(owner=people.sales_east)
    client.force_login(people.sales_east)

    def ask(part="detail"):
        return client.get(reverse(f"customers:{part}", args=[customer.pk]))

    return ask


def test_a_card_stands_in_its_column_above_or_below_what_is_always_there(page, registry):
    cards.register(card("late", 200, "side", "zz-late"))
    cards.register(card("early", 10, "side", "zz-early"))
    cards.register(card("wide", 20, "main", "zz-wide"))
    text = page("side_cards").content.decode()
    # The first part takes the place of the request, the second goes below what is always there.
    assert text.index("zz-early") < text.index('id="cards-side" hx-swap-oob="true"') < text.index("zz-late")
    text = page("main_cards").content.decode()
    assert text.index("zz-wide") < text.index('id="cards-main"')
    assert "zz-early" not in text


def test_the_page_asks_once_for_each_column_that_has_cards(page, registry):
    cards.register(card("late", 200, "side", "zz-late"))
    text = page().content.decode()
    assert text.count("/cards/side") == text.count('id="cards-side"') == 1
    assert "/cards/main" not in text
    assert "zz-late" not in text


def test_a_card_with_nothing_to_show_is_absent(page, registry):
    cards.register(card("empty", 10, "side", None))
    assert page("side_cards").context["above"] == []


def test_a_card_that_fails_leaves_the_others_standing(page, registry):
    def fail(*_args):
        raise ValueError

    cards.register(Card("broken", 10, WHO, fail))
    cards.register(card("whole", 20, "side", "zz-whole"))
    answer = page("side_cards")
    assert answer.status_code == 200
    assert "zz-whole" in answer.content.decode()


def test_the_same_name_replaces_the_card(registry):
    cards.register(card("one", 10, "side", "a"))
    cards.register(card("one", 20, "main", "b"))
    assert [found.order for found in cards.CARDS.values()] == [20]
