"""Three campaigns with a random control group, and what they truly cause.

A treated ``persuadable`` who has not left buys once more within the window with some chance; a treated
``sleeping_dog`` is put off and drops orders within it; all others buy as they would have done anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.population import RESPONSES, Population
from zhike.analytics.simulate.purchases import NEVER, Purchases
from zhike.analytics.simulate.world import SOURCE, WINDOW_DAYS, World

REACH = 0.4
CONTROL_SHARE = 0.15
PERSUADED = 0.5
PUT_OFF = 0.8


@dataclass
class Membership:
    """Who was in which campaign, in which arm."""

    campaign: col.Ints
    customer: col.Ints
    treated: col.Bools
    caused: col.Ints


def run_campaigns(
    world: World, rng: np.random.Generator, people: Population, purchases: Purchases
) -> tuple[Purchases, Membership]:
    """The purchases as the campaigns changed them."""
    caused = np.zeros(len(people), dtype=np.int64)
    members: list[tuple[col.Ints, col.Bools]] = []
    for campaign in world.campaigns:
        sent = world.settings.day(campaign.sent_on)
        chosen = _members(rng, purchases, sent)
        treated = rng.random(len(chosen)) >= CONTROL_SHARE
        purchases = _put_off(rng, people, purchases, chosen[treated], sent)
        purchases = _persuade(rng, people, purchases, chosen[treated], sent, caused)
        members.append((chosen, treated))
    return purchases, _membership(members, caused)


def _membership(members: list[tuple[col.Ints, col.Bools]], caused: col.Ints) -> Membership:
    empty = np.zeros(0, dtype=np.int64)
    return Membership(
        campaign=np.concatenate([empty, *(np.full(len(c), n) for n, (c, _) in enumerate(members))]),
        customer=np.concatenate([empty, *(c for c, _ in members)]),
        treated=np.concatenate([empty.astype(bool), *(t for _, t in members)]),
        caused=caused,
    )


def _members(rng: np.random.Generator, purchases: Purchases, sent: int) -> col.Ints:
    known = (purchases.first != NEVER) & (purchases.first < sent)
    return np.flatnonzero(known & (rng.random(len(known)) < REACH))


def _put_off(
    rng: np.random.Generator, people: Population, purchases: Purchases, treated: col.Ints, sent: int
) -> Purchases:
    dogs = np.zeros(len(people), dtype=bool)
    dogs[treated] = people.response[treated] == RESPONSES.index("sleeping_dog")
    within = (purchases.day >= sent) & (purchases.day < sent + WINDOW_DAYS)
    dropped = dogs[purchases.customer] & within & (rng.random(len(purchases.day)) < PUT_OFF)
    return _replace(purchases, purchases.customer[~dropped], purchases.day[~dropped])


def _persuade(
    rng: np.random.Generator,
    people: Population,
    purchases: Purchases,
    treated: col.Ints,
    sent: int,
    caused: col.Ints,
) -> Purchases:
    willing = people.response[treated] == RESPONSES.index("persuadable")
    buyers = treated[willing & (rng.random(len(treated)) < PERSUADED)]
    day = sent + rng.integers(1, WINDOW_DAYS, len(buyers))
    here = (purchases.left[buyers] == NEVER) | (purchases.left[buyers] >= day)
    buyers, day = buyers[here], day[here]
    caused[buyers] += 1
    customer = np.concatenate([purchases.customer, buyers])
    days = np.concatenate([purchases.day, day])
    order = np.lexsort((days, customer))
    return _replace(purchases, customer[order], days[order])


def _replace(purchases: Purchases, customer: col.Ints, day: col.Ints) -> Purchases:
    return Purchases(customer, day, purchases.first, purchases.left, purchases.cause)


def member_table(
    world: World,
    rng: np.random.Generator,
    members: Membership,
    first_id: int,
    orders: tuple[col.Ints, col.Ints, col.Ints],
) -> pa.Table:
    """``orders`` are customer, day and amount of all confirmed sales of the block."""
    revenue, responded = _responses(world, members, orders)
    opened = members.treated & (
        (rng.random(len(revenue)) < 0.34) | (responded & (rng.random(len(revenue)) < 0.5))
    )
    clicked = opened & (rng.random(len(revenue)) < np.where(responded, 0.55, 0.12))
    return pa.table(
        {
            "campaign_id": col.integers(members.campaign + 1, pa.int16()),
            "customer_id": pa.array(members.customer + first_id),
            "arm": col.words(("control", "treatment"), members.treated.astype(np.int64)),
            "opened": pa.array(opened),
            "clicked": pa.array(clicked),
            "responded": pa.array(responded),
            "revenue": col.money(revenue),
            "source": pa.repeat(SOURCE, len(revenue)),
        }
    )


def _responses(
    world: World, members: Membership, orders: tuple[col.Ints, col.Ints, col.Ints]
) -> tuple[col.Ints, col.Bools]:
    customer, day, amount = orders
    revenue = np.zeros(len(members.customer), dtype=np.int64)
    responded = np.zeros(len(members.customer), dtype=bool)
    size = int(members.customer.max(initial=0)) + 1
    for number, campaign in enumerate(world.campaigns):
        sent = world.settings.day(campaign.sent_on)
        within = (day >= sent) & (day < sent + WINDOW_DAYS) & (customer < size)
        total, count = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        np.add.at(total, customer[within], amount[within])
        np.add.at(count, customer[within], 1)
        mine = members.campaign == number
        revenue[mine] = total[members.customer[mine]]
        responded[mine] = count[members.customer[mine]] > 0
    return revenue, responded
