"""Orders with lines: what is bought, at what price, when it arrives, what is cancelled, what comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.population import Population
from zhike.analytics.simulate.purchases import CAUSES, NEVER, Purchases
from zhike.analytics.simulate.season import PERSON
from zhike.analytics.simulate.settings import DAYS_A_YEAR
from zhike.analytics.simulate.world import World

CANCELLED_SHARE = 0.015
EXTRA_LINES = 1.15
MOST_LINES = 12
FAVORITE_SHARE = 0.5
COMPLEMENT_SHARE = 0.3
YEARLY_PRICE_RISE = 0.025
# By size, persons last.
DISCOUNT = np.array([0.0, 0.02, 0.05, 0.09, 0.0])
PROMOTION = 0.08
# An order of the customer's usual value varies like a gamma of this shape.
VALUE_SHAPE = 4.0
BASE_RETURN = 0.022
RETURN_BEFORE_LEAVING = 0.16
BASE_LATE = 0.07
LATE_BEFORE_LEAVING = 0.6
RESTLESS_DAYS = 60


@dataclass
class Orders:
    """Sales in the order of time; ``second`` counts from the first simulated day, -1 stands for unknown."""

    customer: col.Ints
    day: col.Ints
    second: col.Ints
    cancelled: col.Bools
    amount: col.Ints
    promised: col.Ints
    delivered: col.Ints


@dataclass
class Lines:
    """By order; ``order`` is an index into the orders. ``cost`` is of the whole line."""

    order: col.Ints
    product: col.Ints
    quantity: col.Ints
    price: col.Ints
    cost: col.Ints

    @property
    def amount(self) -> col.Ints:
        return self.quantity * self.price


@dataclass
class Returns:
    """Orders that take lines of a sale back: ``of`` is the index of the sale."""

    of: col.Ints
    day: col.Ints
    second: col.Ints
    amount: col.Ints
    lines: Lines


def build_orders(
    world: World, rng: np.random.Generator, people: Population, purchases: Purchases
) -> tuple[Orders, Lines]:
    customer, day, cancelled = _with_cancelled(rng, purchases)
    second = day * 86_400 + _second_of_day(rng, people.kind[customer])
    order = np.argsort(second, kind="stable")
    customer, day, second, cancelled = customer[order], day[order], second[order], cancelled[order]
    lines = _lines(world, rng, people, customer, day)
    amount = np.zeros(len(customer), dtype=np.int64)
    np.add.at(amount, lines.order, lines.amount)
    promised, delivered = _delivery(world, rng, purchases, customer, day)
    delivered = np.where(cancelled, NEVER, delivered)
    return Orders(customer, day, second, cancelled, amount, promised, delivered), lines


def _with_cancelled(rng: np.random.Generator, purchases: Purchases) -> tuple[col.Ints, col.Ints, col.Bools]:
    """A few orders were placed twice on their day, and one of the two was cancelled."""
    twice = np.flatnonzero(rng.random(len(purchases.day)) < CANCELLED_SHARE)
    customer = np.concatenate([purchases.customer, purchases.customer[twice]])
    day = np.concatenate([purchases.day, purchases.day[twice]])
    return customer, day, np.arange(len(day)) >= len(purchases.day)


def _second_of_day(rng: np.random.Generator, kind: col.Ints) -> col.Ints:
    """Companies order in office hours, persons until late."""
    person = kind == PERSON
    hour = np.where(
        person, 9.5 + 13 * rng.beta(2.2, 1.6, len(kind)), 8.5 + 9.5 * rng.beta(1.8, 2.0, len(kind))
    )
    return (hour * 3600).astype(np.int64)


def _lines(
    world: World, rng: np.random.Generator, people: Population, customer: col.Ints, day: col.Ints
) -> Lines:
    count = 1 + np.minimum(rng.poisson(EXTRA_LINES, len(customer)), MOST_LINES - 1)
    order, rank = col.expand(count)
    who = customer[order]
    product = _products(world, rng, people, who, rank)
    value = people.mean_value[customer] * rng.gamma(VALUE_SHAPE, 1 / VALUE_SHAPE, len(customer)) * col.UNITS
    weight = rng.standard_exponential(len(order)) + 0.2
    wanted = value[order] * weight / np.bincount(order, weight, minlength=len(customer))[order]
    level = (1 + YEARLY_PRICE_RISE) ** np.floor(day[order] / DAYS_A_YEAR)
    price = _price(world, people, who, day[order], product, level)
    quantity = np.maximum(np.round(wanted / price), 1).astype(np.int64)
    known = world.cost_known[product]
    unit_cost = np.round(world.cost[product] * level / 100).astype(np.int64) * 100
    return Lines(order, product, quantity, price, np.where(known, unit_cost * quantity, col.UNKNOWN))


def _price(
    world: World, people: Population, who: col.Ints, day: col.Ints, product: col.Ints, level: col.Floats
) -> col.Ints:
    """List price of the year, less the discount of the customer's size, less the sales festival; in cents."""
    off = (1 - DISCOUNT[people.size[who]]) * (1 - PROMOTION * _promotion_days(world)[day])
    return np.maximum(np.round(world.price[product] * level * off / 100), 1).astype(np.int64) * 100


def _promotion_days(world: World) -> col.Floats:
    """1 on the days of the two big sales festivals."""
    days = np.datetime64(world.settings.start) + np.arange(world.settings.days)
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    day = (days - days.astype("datetime64[M]")).astype(int) + 1
    festive = ((month == 11) & (day <= 11)) | ((month == 6) & (day <= 18))
    return np.asarray(festive, dtype=float)


def _products(
    world: World, rng: np.random.Generator, people: Population, who: col.Ints, rank: col.Ints
) -> col.Ints:
    """By taste, then a favorite or the popular; a further line is often what goes with the line before."""
    category = col.choose_by_row(rng, world.tastes, people.archetype[who])
    favorite = rng.random(len(who)) < FAVORITE_SHARE
    draw = np.where(favorite, _habit(world.settings.seed, who, category), rng.random(len(who)))
    product = np.empty(len(who), dtype=np.int64)
    for c, (shelf, popularity) in enumerate(zip(world.shelf, world.popularity, strict=True)):
        mine = category == c
        edges = np.cumsum(popularity) / popularity.sum()
        product[mine] = shelf[np.minimum(np.searchsorted(edges, draw[mine], side="right"), len(shelf) - 1)]
    partner = world.complement[np.roll(product, 1)]
    joined = (rank > 0) & (partner >= 0) & (rng.random(len(who)) < COMPLEMENT_SHARE)
    return np.where(joined, partner, product)


def _habit(seed: int, who: col.Ints, category: col.Ints) -> col.Floats:
    """A fixed number in [0, 1) per customer and category: the same product every time."""
    mixed = (who * 8 + category + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray((mixed >> np.uint64(11)).astype(float) / 2**53)


def restless(purchases: Purchases, customer: col.Ints, day: col.Ints, causes: tuple[str, ...]) -> col.Bools:
    """Orders in the last weeks of those who leave for one of these causes."""
    left = purchases.left[customer]
    wanted = np.isin(purchases.cause[customer], [CAUSES.index(cause) for cause in causes])
    return np.asarray(wanted & (left != NEVER) & (left - day <= RESTLESS_DAYS), dtype=bool)


def _delivery(
    world: World, rng: np.random.Generator, purchases: Purchases, customer: col.Ints, day: col.Ints
) -> tuple[col.Ints, col.Ints]:
    """Promised within days; late more often before those leave who leave because of it."""
    promised = day + rng.integers(2, 6, len(day))
    troubled = restless(purchases, customer, day, ("delivery",))
    late = rng.random(len(day)) < np.where(troubled, LATE_BEFORE_LEAVING, BASE_LATE)
    delay = 1 + rng.geometric(0.25, len(day))
    delivered = np.where(late, promised + delay, promised - rng.integers(0, 2, len(day)))
    return promised, np.where(delivered < world.settings.days, delivered, NEVER)


def build_returns(
    world: World, rng: np.random.Generator, purchases: Purchases, orders: Orders, lines: Lines
) -> Returns:
    """Some sales come back after days, whole or in part; a line never more than it was."""
    troubled = restless(purchases, orders.customer, orders.day, ("service", "delivery"))
    chance = np.where(troubled, RETURN_BEFORE_LEAVING, BASE_RETURN)
    day = orders.day + rng.integers(3, 21, len(orders.day))
    comes = (rng.random(len(day)) < chance) & ~orders.cancelled & (day < world.settings.days)
    whole = rng.random(len(day)) < 0.35
    of = np.flatnonzero(comes)
    position = np.full(len(day), -1)
    position[of] = np.arange(len(of))
    back = _returned_lines(rng, lines, position, whole)
    amount = np.zeros(len(of), dtype=np.int64)
    np.add.at(amount, back.order, back.amount)
    second = day[of] * 86_400 + rng.integers(9 * 3600, 18 * 3600, len(of))
    return Returns(of, day[of], second, amount, back)


def _returned_lines(rng: np.random.Generator, lines: Lines, position: col.Ints, whole: col.Bools) -> Lines:
    first = (
        np.concatenate([[True], lines.order[1:] != lines.order[:-1]])
        if len(lines.order)
        else np.zeros(0, bool)
    )
    taken = (position[lines.order] >= 0) & (whole[lines.order] | first)
    rows = np.flatnonzero(taken)
    share = np.where(whole[lines.order[rows]], 1.0, rng.uniform(0.1, 1.0, len(rows)))
    sold = lines.quantity[rows]
    quantity = np.minimum(np.ceil(sold * share).astype(np.int64), sold)
    cost = lines.cost[rows]
    returned_cost = np.where(cost == col.UNKNOWN, col.UNKNOWN, -(cost // np.maximum(sold, 1)) * quantity)
    return Lines(
        position[lines.order[rows]], lines.product[rows], -quantity, lines.price[rows], returned_cost
    )
