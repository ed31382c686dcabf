"""Interactions and complaints: how owners keep in touch, and what goes wrong before customers leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.orders import Orders
from zhike.analytics.simulate.population import Population
from zhike.analytics.simulate.purchases import CAUSES, NEVER, Purchases
from zhike.analytics.simulate.settings import DAYS_A_YEAR
from zhike.analytics.simulate.talk import COMPLAINTS, KINDS, PHRASES, complaint_index, phrase_index
from zhike.analytics.simulate.world import World

TOPICS = tuple(PHRASES)
CATEGORIES = tuple(COMPLAINTS)
CALLS_A_YEAR = 2.6
INBOUND_A_YEAR = 0.8
SIGNAL_SHARE = 0.65
COMPLAINT_A_SALE = 0.012
# Chance that who leaves for this cause (see CAUSES) has complained in the last weeks.
COMPLAINT_BEFORE_LEAVING = np.array([0.22, 0.75, 0.65, 0.10, 0.04])
KIND_WEIGHTS = {"routine": (50, 16, 4, 22, 8), "inbound": (45, 0, 3, 40, 12)}
SIGNAL_KINDS = (40, 8, 25, 22, 5)


@dataclass
class Interactions:
    """By time; ``second`` from the first simulated day, ``phrase`` an index of ``phrase_index``."""

    customer: col.Ints
    second: col.Ints
    topic: col.Ints
    kind: col.Ints
    phrase: col.Ints


@dataclass
class Complaints:
    """By time; ``settled`` is a second or -1 while open, ``satisfaction`` 0 where nobody asked."""

    customer: col.Ints
    order: col.Ints
    second: col.Ints
    category: col.Ints
    phrase: col.Ints
    severity: col.Ints
    settled: col.Ints
    satisfaction: col.Ints


def build_interactions(
    world: World, rng: np.random.Generator, people: Population, purchases: Purchases, value: col.Ints
) -> Interactions:
    """Owners' contacts by diligence and value, customers' own, and the signals before leaving."""
    parts = [
        _routine(world, rng, people, purchases, value),
        _inbound(world, rng, people, purchases),
        _signals(world, rng, purchases),
    ]
    customer, day, topic = (np.concatenate(column) for column in zip(*parts, strict=True))
    second = day * 86_400 + (9 * 3600 + rng.random(len(day)) * 9 * 3600).astype(np.int64)
    order = np.argsort(second, kind="stable")
    customer, second, topic = customer[order], second[order], topic[order]
    return Interactions(
        customer, second, topic, _kinds(rng, topic), _phrases(rng, topic, TOPICS, phrase_index()[1])
    )


def _routine(
    world: World, rng: np.random.Generator, people: Population, purchases: Purchases, value: col.Ints
) -> tuple[col.Ints, col.Ints, col.Ints]:
    diligence = np.append(world.diligence, 0.0)[people.owner]
    standing = np.argsort(np.argsort(value)) / max(len(value) - 1, 1)
    rate = CALLS_A_YEAR * diligence * (0.4 + 1.6 * standing)
    return _visits(world, rng, people, purchases, rate, TOPICS.index("routine"), 0.55)


def _inbound(
    world: World, rng: np.random.Generator, people: Population, purchases: Purchases
) -> tuple[col.Ints, col.Ints, col.Ints]:
    """Who does not buy (any more) does not call."""
    rate = np.where(purchases.first == NEVER, 0.2, INBOUND_A_YEAR)
    return _visits(world, rng, people, purchases, rate, TOPICS.index("inbound"), 1.0)


def _visits(
    world: World,
    rng: np.random.Generator,
    people: Population,
    purchases: Purchases,
    rate: col.Floats,
    topic: int,
    silence: float,
) -> tuple[col.Ints, col.Ints, col.Ints]:
    """Contacts spread from creation to the end; after a customer left, the share ``silence`` is not made."""
    since = np.maximum(people.created, 0)
    span = world.settings.days - since
    customer, _ = col.expand(rng.poisson(rate * span / DAYS_A_YEAR))
    day = since[customer] + np.floor(rng.random(len(customer)) * span[customer]).astype(np.int64)
    left = purchases.left[customer]
    gone = (left != NEVER) & (day > left) & (rng.random(len(day)) < silence)
    return customer[~gone], day[~gone], np.full(int((~gone).sum()), topic)


def _signals(
    world: World, rng: np.random.Generator, purchases: Purchases
) -> tuple[col.Ints, col.Ints, col.Ints]:
    """What those who leave say around their last order."""
    leaving = np.flatnonzero((purchases.left != NEVER) & (rng.random(len(purchases.left)) < SIGNAL_SHARE))
    customer = np.repeat(leaving, rng.integers(1, 3, len(leaving)))
    day = purchases.left[customer] + rng.integers(-25, 22, len(customer))
    day = np.maximum(day, purchases.first[customer])
    topics = np.array([TOPICS.index(cause) for cause in CAUSES])[purchases.cause[customer]]
    within = day < world.settings.days
    return customer[within], day[within], topics[within]


def _kinds(rng: np.random.Generator, topic: col.Ints) -> col.Ints:
    weights = np.array([KIND_WEIGHTS.get(name, SIGNAL_KINDS) for name in TOPICS], dtype=float)
    assert weights.shape[1] == len(KINDS)
    return col.choose_by_row(rng, weights, topic)


def _phrases(
    rng: np.random.Generator, topic: col.Ints, topics: tuple[str, ...], spans: dict[str, tuple[int, int]]
) -> col.Ints:
    starts, counts = np.array([spans[name] for name in topics]).T
    chosen = np.floor(rng.random(len(topic)) * counts[topic]).astype(np.int64)
    return np.asarray(starts[topic] + chosen, dtype=np.int64)


def build_complaints(
    world: World, rng: np.random.Generator, purchases: Purchases, orders: Orders
) -> Complaints:
    """A few after any sale, many after the last sales of those who leave for service or delivery."""
    order, bitter = _grounds(rng, purchases, orders)
    day = orders.day[order] + rng.integers(0, 13, len(order))
    within = day < world.settings.days
    order, bitter, day = order[within], bitter[within], day[within]
    second = np.maximum(
        day * 86_400 + rng.integers(9 * 3600, 20 * 3600, len(day)), orders.second[order] + 600
    )
    arrange = np.argsort(second, kind="stable")
    order, bitter, second = order[arrange], bitter[arrange], second[arrange]
    customer = orders.customer[order]
    category = _complaint_categories(rng, purchases.cause[customer], bitter)
    settled = _settled(world, rng, second, bitter)
    rating = col.choose_by_row(
        rng, np.array([[5, 10, 25, 35, 25], [45, 28, 17, 7, 3.0]]), bitter.astype(np.int64)
    )
    asked = (settled != NEVER) & (rng.random(len(order)) < 0.6)
    return Complaints(
        customer=customer,
        order=order,
        second=second,
        category=category,
        phrase=_phrases(rng, category, CATEGORIES, complaint_index()[1]),
        severity=1
        + col.choose_by_row(rng, np.array([[55, 35, 10], [20, 42, 38.0]]), bitter.astype(np.int64)),
        settled=settled,
        satisfaction=np.where(asked, 1 + rating, 0),
    )


def _grounds(rng: np.random.Generator, purchases: Purchases, orders: Orders) -> tuple[col.Ints, col.Bools]:
    """The orders complained about, and whether the complaint belongs to a leaving."""
    real = ~orders.cancelled
    usual = np.flatnonzero(real & (rng.random(len(orders.day)) < COMPLAINT_A_SALE))
    last = np.full(len(purchases.left), -1)
    last[orders.customer[real]] = np.flatnonzero(real)
    chance = np.where(purchases.left != NEVER, COMPLAINT_BEFORE_LEAVING[purchases.cause], 0.0)
    leaving = (last >= 0) & (rng.random(len(last)) < chance)
    bitter = np.repeat(last[leaving], 1 + (rng.random(int(leaving.sum())) < 0.3))
    return np.concatenate([usual, bitter]), np.arange(len(usual) + len(bitter)) >= len(usual)


def _complaint_categories(rng: np.random.Generator, cause: col.Ints, bitter: col.Bools) -> col.Ints:
    usual = col.choose(rng, (34, 26, 16, 8, 16), len(cause))
    told = np.array([CATEGORIES.index(c) if c in CATEGORIES else CATEGORIES.index("quality") for c in CAUSES])
    return np.where(bitter & (rng.random(len(cause)) < 0.8), told[cause], usual)


def _settled(world: World, rng: np.random.Generator, second: col.Ints, bitter: col.Bools) -> col.Ints:
    takes = rng.exponential(np.where(bitter, 12.0, 4.0)) * 86_400 + 3600
    done = second + takes.astype(np.int64)
    ever = rng.random(len(second)) < np.where(bitter, 0.62, 0.97)
    return np.where(ever & (done < world.settings.days * 86_400), done, NEVER)
