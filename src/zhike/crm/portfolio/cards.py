"""Cards that other rooms put on the customer page; the page itself knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from zhike.crm.customers.models import Customer
from zhike.platform.requests import Request

#: What the page always shows stands here: the timeline in the main column, open matters and who at the side.
MIDDLE = 100


@dataclass(frozen=True)
class Card:
    """``context`` gives what the template needs, or None when there is nothing to show.

    The template gets ``customer`` as well. Cards with an order below 100 stand above what the page always
    shows in that column, the others below it.
    """

    name: str
    order: int
    template: str
    context: Callable[[Request, Customer], Mapping[str, Any] | None]
    column: Literal["main", "side"] = "side"


CARDS: dict[str, Card] = {}


def register(card: Card) -> None:
    """Called once when the rooms are set up; the same name again replaces the card."""
    CARDS[card.name] = card


def drawn(request: Request, customer: Customer) -> dict[str, list[SafeString]]:
    """The cards of one customer for one person: ``main_above``, ``main_below``, ``side_above``, …"""
    found: dict[str, list[SafeString]] = {
        f"{column}_{side}": [] for column in ("main", "side") for side in ("above", "below")
    }
    for card in sorted(CARDS.values(), key=lambda card: (card.order, card.name)):
        context = card.context(request, customer)
        if context is not None:
            side = "above" if card.order < MIDDLE else "below"
            text = render_to_string(card.template, {"customer": customer, **context}, request=request)
            found[f"{card.column}_{side}"].append(text)
    return found
