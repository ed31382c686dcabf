"""Planted duplicates: a second record of a customer, typed anew by a colleague, with part of the orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.names import vary_company, vary_person, vary_phone
from zhike.analytics.simulate.orders import Orders
from zhike.analytics.simulate.parts import LEAD_SOURCE_WEIGHTS
from zhike.analytics.simulate.population import Population
from zhike.analytics.simulate.season import PERSON
from zhike.analytics.simulate.world import World

MOVED_SHARE = 0.4
SAME_MAIL_SHARE = 0.4
OTHER_OWNER_SHARE = 0.4


def plant_duplicates(world: World, rng: np.random.Generator, people: Population, count: int) -> Population:
    """``people`` with ``count`` second records at the end."""
    chosen = rng.permutation(len(people))[:count]
    second = people.take(chosen)
    since = np.maximum(second.created, 0)
    other = rng.random(count) < OTHER_OWNER_SHARE
    team = second.owner // 5
    second = replace(
        second,
        original=chosen,
        created=since + np.floor(rng.random(count) * (world.settings.days - since)).astype(np.int64),
        owner=np.where(other & (second.owner >= 0), team * 5 + rng.integers(0, 5, count), second.owner),
        lead_source=col.choose(rng, LEAD_SOURCE_WEIGHTS, count),
        referred_by=np.full(count, -1),
    )
    return people.join(second)


def record_of_order(rng: np.random.Generator, people: Population, orders: Orders) -> col.Ints:
    """The record that an order is booked on: sometimes the second one, once it exists."""
    second = np.flatnonzero(people.original >= 0)
    record = np.arange(len(people))
    record[people.original[second]] = second
    other = record[orders.customer]
    exists = (other != orders.customer) & (orders.day >= people.created[other])
    return np.where(exists & (rng.random(len(other)) < MOVED_SHARE), other, orders.customer)


def with_variations(
    rng: np.random.Generator, people: Population, names: pa.Array, phones: pa.Array
) -> tuple[pa.Array, pa.Array]:
    """Names and phones of the originals, continued by varied ones for the second records."""
    second = np.flatnonzero(people.original >= 0)
    source = pa.array(people.original[second])
    ways = rng.integers(0, 60, len(second)).tolist()
    kinds = people.kind[second].tolist()
    old_names, old_phones = names.take(source).to_pylist(), phones.take(source).to_pylist()
    varied = [
        (vary_person if kind == PERSON else vary_company)(name, way)
        for kind, name, way in zip(kinds, old_names, ways, strict=True)
    ]
    dialed = [vary_phone(phone, way // 7) for phone, way in zip(old_phones, ways, strict=True)]
    return (
        pa.concat_arrays([names, pa.array(varied, pa.string())]),
        pa.concat_arrays([phones, pa.array(dialed, pa.string())]),
    )
