"""When customers buy and when they silently leave: BG/NBD in operational time.

A customer buys first at the entry time, then as a Poisson process of an own rate (gamma over customers).
After every order the customer leaves with an own probability (beta over customers): the number of orders
until then is geometric. Cause and date of leaving are the truth that churn models have to find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.population import Population
from zhike.analytics.simulate.season import PERSON
from zhike.analytics.simulate.world import World

CAUSES = ("price", "service", "delivery", "competitor", "closed")
CAUSE_WEIGHTS = (0.29, 0.24, 0.16, 0.21, 0.10)
NEVER = -1


@dataclass
class Purchases:
    """Orders as (customer, day), by customer and time; per customer first day, day left, cause."""

    customer: col.Ints
    day: col.Ints
    first: col.Ints
    left: col.Ints
    cause: col.Ints


def build_purchases(world: World, rng: np.random.Generator, people: Population) -> Purchases:
    end = np.array([world.clocks[kind].end for kind in sorted(world.clocks)])[people.kind]
    bought = people.buys & (people.entry < end)
    window = np.where(bought, end - people.entry, 0.0)
    possible = rng.poisson(people.rate * window)
    until_leaving = rng.geometric(np.clip(people.dropout, 1e-9, 1.0)) - 1
    repeats = np.where(bought, np.minimum(possible, until_leaving), 0)
    repeats = _plant_one_time_buyers(world, rng, bought, repeats)
    gone = bought & ((until_leaving <= possible) | (repeats < possible))
    times = _times(rng, people.entry, window, repeats, possible)
    return _assemble(world, rng, people, bought, repeats, gone, times)


def _plant_one_time_buyers(
    world: World, rng: np.random.Generator, bought: col.Bools, repeats: col.Ints
) -> col.Ints:
    """Turns repeat buyers into one-time buyers until the wished share is reached."""
    wished = world.settings.one_time_share
    if wished is None:
        return repeats
    missing = round(wished * bought.sum()) - int((bought & (repeats == 0)).sum())
    chosen = rng.permutation(np.flatnonzero(repeats > 0))[: max(missing, 0)]
    repeats = repeats.copy()
    repeats[chosen] = 0
    return repeats


def _times(
    rng: np.random.Generator, entry: col.Floats, window: col.Floats, repeats: col.Ints, points: col.Ints
) -> col.Floats:
    """The first ``repeats`` of ``points`` uniform moments in the window, in order, by exponential gaps."""
    customer, _ = col.expand(repeats)
    gaps = rng.standard_exponential(len(customer))
    run = np.cumsum(gaps)
    starts = np.cumsum(repeats) - repeats
    before = np.concatenate([[0.0], run])[starts]
    elapsed = run - before[customer]
    spent = np.bincount(customer, gaps, minlength=len(repeats))
    rest = rng.standard_gamma(points - repeats + 1.0)
    share = elapsed / (spent + rest)[customer]
    moments: col.Floats = entry[customer] + share * window[customer]
    return moments


def _assemble(
    world: World,
    rng: np.random.Generator,
    people: Population,
    bought: col.Bools,
    repeats: col.Ints,
    gone: col.Bools,
    times: col.Floats,
) -> Purchases:
    customer, rank = col.expand(repeats + bought)
    moment = people.entry[customer]
    moment[rank > 0] = times
    day = np.empty(len(moment), dtype=np.int64)
    for kind, clock in world.clocks.items():
        mine = people.kind[customer] == kind
        day[mine] = clock.day(moment[mine])
    first, last = _first_and_last(customer, day, len(people))
    return Purchases(customer, day, first, np.where(gone, last, NEVER), _causes(rng, people, gone))


def _first_and_last(customer: col.Ints, day: col.Ints, size: int) -> tuple[col.Ints, col.Ints]:
    first, last = np.full(size, NEVER), np.full(size, NEVER)
    last[customer] = day
    first[customer[::-1]] = day[::-1]
    return first, last


def _causes(rng: np.random.Generator, people: Population, gone: col.Bools) -> col.Ints:
    cause = col.choose(rng, CAUSE_WEIGHTS, len(gone))
    closed = cause == CAUSES.index("closed")
    cause = np.where(closed & (people.kind == PERSON), CAUSES.index("competitor"), cause)
    return np.where(gone, cause, -1)
