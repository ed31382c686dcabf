"""Cards that other rooms put on the customer page; the page itself knows none of them.

They are fetched once the page stands, in one request per column: the first answer is to be quick, however
many rooms there are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from zhike.crm.customers.models import Customer
from zhike.platform.requests import Request

log = logging.getLogger(__name__)

Place = Literal["main", "side"]
#: What the page always shows stands here: the timeline in the main column, open matters and who at the side.
MIDDLE = 100


@dataclass(frozen=True)
class Card:
    """``context`` gives what the template needs, or None when there is nothing to show.

    The template gets ``customer`` as well. It is drawn at an address of its own: what leads back to the page
    takes the customer's. Cards with an order below 100 stand above what the page always
    shows in that column, the others below it.
    """

    name: str
    order: int
    template: str
    context: Callable[[Request, Customer], Mapping[str, Any] | None]
    column: Place = "side"


CARDS: dict[str, Card] = {}


def register(card: Card) -> None:
    """Called once when the rooms are set up; the same name again replaces the card."""
    CARDS[card.name] = card


def columns() -> set[Place]:
    """The columns that have cards to ask for."""
    return {card.column for card in CARDS.values()}


def drawn(request: Request, customer: Customer, column: Place) -> tuple[list[SafeString], list[SafeString]]:
    """The cards of one column for one person: those above what is always there, and those below."""
    above: list[SafeString] = []
    below: list[SafeString] = []
    mine = (card for card in CARDS.values() if card.column == column)
    for card in sorted(mine, key=lambda card: (card.order, card.name)):
        text = _draw(card, request, customer)
        if text is not None:
            (above if card.order < MIDDLE else below).append(text)
    return above, below


def _draw(card: Card, request: Request, customer: Customer) -> SafeString | None:
    try:
        context = card.context(request, customer)
        if context is None:
            return None
        return render_to_string(card.template, {"customer": customer, **context}, request=request)
    except Exception:
        # One room's trouble must not take the others' cards away.
        log.exception("The card %s of customer %s cannot be drawn.", card.name, customer.pk)
        return None
