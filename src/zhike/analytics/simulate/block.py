"""One block of customers with everything that happens to them, before it is put into tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.campaigns import Membership, run_campaigns
from zhike.analytics.simulate.duplicates import plant_duplicates, record_of_order
from zhike.analytics.simulate.orders import Lines, Orders, Returns, build_orders, build_returns
from zhike.analytics.simulate.population import Population, build_population, rate_scale
from zhike.analytics.simulate.purchases import Purchases, build_purchases
from zhike.analytics.simulate.service import Complaints, Interactions, build_complaints, build_interactions
from zhike.analytics.simulate.world import World

# The parts of a block, each with its own random stream.
POPULATION, PURCHASES, CAMPAIGNS, ORDERS, RETURNS, DUPLICATES, TALK, COMPLAINTS, TABLES = range(2, 11)
# Ranks by value whose customers nobody looks after, in every block large enough.
UNATTENDED_RANKS = (2, 5, 11)


@dataclass(frozen=True)
class Offsets:
    """The first id of each table in this block."""

    customer: int = 1
    contact: int = 1
    order: int = 1
    interaction: int = 1
    complaint: int = 1


@dataclass
class Block:
    """``people`` ends with the duplicate records; purchases and events know the originals only.

    ``record`` is the customer record that an order is booked on.
    """

    world: World
    number: int
    offsets: Offsets
    people: Population
    purchases: Purchases
    members: Membership
    orders: Orders
    lines: Lines
    returns: Returns
    record: col.Ints
    interactions: Interactions
    complaints: Complaints

    def rng(self, part: int) -> np.random.Generator:
        return self.world.settings.rng(part, self.number)

    @property
    def originals(self) -> int:
        return len(self.purchases.first)


def build_block(world: World, number: int, size: int, offsets: Offsets) -> Block:
    settings = world.settings
    duplicates = round(size * settings.duplicate_share)
    people = build_population(
        world, settings.rng(POPULATION, number), size - duplicates, rate_scale(settings)
    )
    purchases = build_purchases(world, settings.rng(PURCHASES, number), people)
    purchases, members = run_campaigns(world, settings.rng(CAMPAIGNS, number), people, purchases)
    orders, lines = build_orders(world, settings.rng(ORDERS, number), people, purchases)
    returns = build_returns(world, settings.rng(RETURNS, number), purchases, orders, lines)
    value = _value(orders, returns, len(people))
    people = _leave_unattended(people, value)
    interactions = build_interactions(world, settings.rng(TALK, number), people, purchases, value)
    complaints = build_complaints(world, settings.rng(COMPLAINTS, number), purchases, orders)
    rng = settings.rng(DUPLICATES, number)
    people = plant_duplicates(world, rng, people, duplicates)
    record = record_of_order(rng, people, orders)
    return Block(
        world,
        number,
        offsets,
        people,
        purchases,
        members,
        orders,
        lines,
        returns,
        record,
        interactions,
        complaints,
    )


def _value(orders: Orders, returns: Returns, size: int) -> col.Ints:
    value = np.zeros(size, dtype=np.int64)
    np.add.at(value, orders.customer[~orders.cancelled], orders.amount[~orders.cancelled])
    np.add.at(value, orders.customer[returns.of], returns.amount)
    return value


def _leave_unattended(people: Population, value: col.Ints) -> Population:
    """Some of the best customers have no owner: what a good report must bring to light."""
    ranks = [rank for rank in UNATTENDED_RANKS if rank < len(people) // 20]
    owner = people.owner.copy()
    owner[np.argsort(-value)[ranks]] = -1
    return replace(people, owner=owner)
