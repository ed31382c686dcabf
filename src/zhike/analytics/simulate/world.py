"""The company itself: teams, owners, products, campaigns. The same for every block of customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from zhike.analytics.calendars import spring_festival
from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.assortment import ARCHETYPES, BRANDS, CATEGORIES, GRADES
from zhike.analytics.simulate.parts import OWNERS, TEAMS
from zhike.analytics.simulate.season import COMPANY, PERSON, Clock, clock
from zhike.analytics.simulate.settings import EPOCH, Settings

SOURCE = "simulated"
OWNERS_PER_TEAM = len(OWNERS) // len(TEAMS)
COST_UNKNOWN_SHARE = 0.06
COMPLEMENT_PAIRS = 24
POPULARITY_EXPONENT = 0.9
WINDOW_DAYS = 14


@dataclass(frozen=True)
class Campaign:
    name: str
    channel: str
    sent_on: date
    cost: int


@dataclass(frozen=True)
class World:
    """Arrays of products are indexed by ``product_id - 1``; ``complement`` is -1 where there is none."""

    settings: Settings
    clocks: dict[int, Clock]
    diligence: col.Floats
    price: col.Ints
    cost: col.Ints
    cost_known: col.Bools
    product_category: col.Ints
    product_words: tuple[tuple[str, str, str, str], ...]
    shelf: tuple[col.Ints, ...]
    popularity: tuple[col.Floats, ...]
    complement: col.Ints
    tastes: col.Floats
    campaigns: tuple[Campaign, ...]


def build_world(settings: Settings) -> World:
    rng = settings.rng(0)
    product_words, category, price = _products(rng)
    size = len(price)
    shelf = tuple(rng.permutation(np.flatnonzero(category == c)) for c in range(len(CATEGORIES)))
    return World(
        settings=settings,
        clocks={kind: clock(settings, kind) for kind in (COMPANY, PERSON)},
        diligence=np.round(0.25 + 0.75 * rng.beta(3, 2, len(OWNERS)), 3),
        price=price,
        cost=_cents(price * rng.uniform(0.55, 0.86, size)),
        cost_known=rng.random(size) >= COST_UNKNOWN_SHARE,
        product_category=category,
        product_words=product_words,
        shelf=shelf,
        popularity=tuple(np.arange(1.0, len(s) + 1) ** -POPULARITY_EXPONENT for s in shelf),
        complement=_complements(rng, category),
        tastes=np.array(list(ARCHETYPES.values()), dtype=float),
        campaigns=_campaigns(settings),
    )


def _cents(units: col.Floats) -> col.Ints:
    return np.maximum(np.round(units / 100), 1).astype(np.int64) * 100


def _products(rng: np.random.Generator) -> tuple[tuple[tuple[str, str, str, str], ...], col.Ints, col.Ints]:
    found: list[tuple[str, str, str, str]] = []
    category: list[int] = []
    bounds: list[tuple[float, float]] = []
    for c, (_, subs) in enumerate(CATEGORIES.values()):
        for sub, (_, low, high, unit, things) in subs.items():
            for thing in things:
                for brand, grade in _variants(rng):
                    found.append((f"{brand} {thing} {grade}", sub, unit, thing))
                    category.append(c)
                    bounds.append((low, high))
    low, high = np.array(bounds).T
    price = low * (high / low) ** rng.random(len(found))
    return tuple(found), np.array(category), np.maximum(np.round(price * 10), 1).astype(np.int64) * 1000


def _variants(rng: np.random.Generator) -> list[tuple[str, str]]:
    count = int(rng.integers(2, 5))
    brands, grades = rng.choice(len(BRANDS), count, replace=False), rng.integers(0, len(GRADES), count)
    return [(BRANDS[b], GRADES[g]) for b, g in zip(brands, grades, strict=True)]


def _complements(rng: np.random.Generator, category: col.Ints) -> col.Ints:
    """Pairs of products of one category that are often bought together: a truth for basket analysis."""
    partner = np.full(len(category), -1)
    per_category = COMPLEMENT_PAIRS // len(CATEGORIES)
    for c in range(len(CATEGORIES)):
        members = rng.permutation(np.flatnonzero(category == c))[: 2 * per_category]
        partner[members[0::2]], partner[members[1::2]] = members[1::2], members[0::2]
    return partner


def _campaigns(settings: Settings) -> tuple[Campaign, ...]:
    """The latest mid-year, double-eleven and spring-festival campaigns whose window is over."""
    known = [
        Campaign(f"{year} {name}", channel, sent, cost)
        for year in range(settings.start.year, settings.until.year + 1)
        for name, channel, sent, cost in (
            ("年货节", "wechat", spring_festival(year) - timedelta(days=30), 3000),
            ("618 年中促销", "sms", date(year, 6, 3), 500),
            ("双十一大促", "wechat", date(year, 10, 27), 3000),
        )
    ]
    earliest = settings.start + timedelta(days=120)
    latest = settings.until - timedelta(days=WINDOW_DAYS)
    return tuple(sorted((c for c in known if earliest <= c.sent_on <= latest), key=lambda c: c.sent_on)[-3:])


def world_tables(world: World) -> dict[str, pa.Table]:
    return {
        "teams": _teams(),
        "owners": _owners(world),
        "categories": _categories(),
        "products": _product_table(world),
        "campaigns": _campaign_table(world),
    }


def _teams() -> pa.Table:
    return pa.table(
        {
            "team_id": pa.array(range(len(TEAMS)), pa.int16()),
            "code": [code for code, _ in TEAMS],
            "name": [name for _, name in TEAMS],
        }
    )


def _owners(world: World) -> pa.Table:
    ids = range(len(OWNERS))
    return pa.table(
        {
            "owner_id": pa.array(ids, pa.int16()),
            "team_id": pa.array([n // OWNERS_PER_TEAM for n in ids], pa.int16()),
            "name": list(OWNERS),
            "username": [f"sales{n + 1:02d}" for n in ids],
            "email": [f"sales{n + 1:02d}@example.com" for n in ids],
            "diligence": world.diligence,
        }
    )


def _categories() -> pa.Table:
    """Top level first (ids 1 to 8), then the subcategories."""
    tops = list(CATEGORIES)
    subs = [(top, sub, row[0]) for top, (_, inner) in CATEGORIES.items() for sub, row in inner.items()]
    names: list[tuple[str, str, int | None]] = [(top, CATEGORIES[top][0], None) for top in tops]
    names += [(sub, english, tops.index(top) + 1) for top, sub, english in subs]
    return pa.table(
        {
            "category_id": pa.array(range(1, len(names) + 1), pa.int16()),
            "name": [name for name, _, _ in names],
            "name_en": [english for _, english, _ in names],
            "parent_id": pa.array([parent for _, _, parent in names], pa.int16()),
        }
    )


def _product_table(world: World) -> pa.Table:
    size = len(world.price)
    tops = list(CATEGORIES)
    ids = dict(zip(_categories()["name"].to_pylist(), range(1, 1000), strict=False))
    launched = world.settings.first_day - 30 - (np.arange(size) * 37) % 700
    return pa.table(
        {
            "product_id": pa.array(range(1, size + 1), pa.int32()),
            "sku": sku(np.arange(size), world),
            "name": [row[0] for row in world.product_words],
            "category_id": pa.array([ids[row[1]] for row in world.product_words], pa.int16()),
            "category": col.words(tops, world.product_category),
            "subcategory": [row[1] for row in world.product_words],
            "unit": [row[2] for row in world.product_words],
            "price": col.money(world.price),
            "cost": col.money(world.cost, world.cost_known),
            "launched_on": col.days(launched),
            "is_active": pa.array(np.arange(size) % 29 != 28),
            "source": pa.repeat(SOURCE, size),
        }
    )


def sku(products: col.Ints, world: World) -> pa.Array:
    letters = col.words("ABCDEFGH", world.product_category[products])
    return col.join(letters, col.padded(products + 1, 4))


def _campaign_table(world: World) -> pa.Table:
    rows = world.campaigns
    sent = np.array([(c.sent_on - EPOCH).days * 86_400 + 10 * 3600 for c in rows], dtype=np.int64)
    return pa.table(
        {
            "campaign_id": pa.array(range(1, len(rows) + 1), pa.int16()),
            "name": pa.array([c.name for c in rows], pa.string()),
            "channel": pa.array([c.channel for c in rows], pa.string()),
            "sent_at": col.seconds(sent),
            "window_days": pa.array([WINDOW_DAYS] * len(rows), pa.int16()),
            "cost_per_contact": col.money(np.array([c.cost for c in rows], dtype=np.int64)),
        }
    )
