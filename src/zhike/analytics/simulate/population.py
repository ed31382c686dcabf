"""Who the customers are: kind, place, trade, size, and the hidden traits that make them buy and leave."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.assortment import ARCHETYPES
from zhike.analytics.simulate.parts import (
    LEAD_SOURCE_WEIGHTS,
    LEAD_SOURCES,
    MANUFACTURERS,
    PROVINCE_WEIGHTS,
    PUBLIC,
    STRONG_CITIES,
    TEAM_OF_PROVINCE,
    TRADES,
)
from zhike.analytics.simulate.season import COMPANY, PERSON
from zhike.analytics.simulate.settings import Settings
from zhike.analytics.simulate.world import OWNERS_PER_TEAM, World
from zhike.data.regions import cities

COMPANY_SHARE = 0.72
SIZES = ("micro", "small", "medium", "large")
SIZE_WEIGHTS = (0.36, 0.40, 0.18, 0.06)
TYPES = ("end_user", "distributor", "agent", "partner")
MODELS = ("manufacturer", "wholesale", "retail", "ecommerce", "service", "public")
CODES = tuple(TRADES)
NO_OWNER_SHARE = 0.06
NEVER_BUYS_SHARE = 0.07
EXISTING_SHARE = 0.35
RESPONSES = ("indifferent", "persuadable", "sleeping_dog")
RESPONSE_WEIGHTS = (0.80, 0.15, 0.05)

# By size, persons last: relative rate, relative order value, factor on the chance to leave.
RATE_FACTOR = np.array([0.75, 1.0, 1.5, 2.4, 0.65])
VALUE_LEVEL = np.array([520.0, 950.0, 1750.0, 3600.0, 250.0])
LEAVE_FACTOR = np.array([1.1, 1.0, 0.7, 0.45, 1.2])
RATE_SHAPE = 1.3
VALUE_SIGMA = 0.45
LEAVE_A, LEAVE_B = 0.8, 4.2


@dataclass
class Population:
    """One entry per customer. ``size`` is 4 for persons; ``owner``, ``trade`` and others are -1 for none.

    ``created`` is a day of the simulation, negative for those known before it began. ``original`` is the
    index of the customer that this record duplicates, or -1.
    """

    kind: col.Ints
    place: col.Ints
    trade: col.Ints
    size: col.Ints
    type: col.Ints
    model: col.Ints
    archetype: col.Ints
    male: col.Bools
    birthday: col.Ints
    lunar: col.Bools
    lead_source: col.Ints
    referred_by: col.Ints
    owner: col.Ints
    no_profiling: col.Bools
    created: col.Ints
    entry: col.Floats
    buys: col.Bools
    rate: col.Floats
    dropout: col.Floats
    mean_value: col.Floats
    response: col.Ints
    original: col.Ints

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: col.Ints) -> Population:
        return Population(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def join(self, other: Population) -> Population:
        names = [field.name for field in fields(self)]
        return Population(**{n: np.concatenate([getattr(self, n), getattr(other, n)]) for n in names})


@lru_cache
def places() -> tuple[tuple[str, str], ...]:
    """(province, city) codes; Hong Kong, Macao and Taiwan without city."""
    inner = [(city.province, city.code) for city in cities()]
    return tuple(inner + [(code, "") for code in ("71", "81", "82")])


@lru_cache
def place_weights() -> tuple[float, ...]:
    """The weight of a province, spread over its cities: falling along the list, strong ones up."""
    raw, seen = [], dict.fromkeys(PROVINCE_WEIGHTS, 0)
    for province, city in places():
        seen[province] += 1
        raw.append(STRONG_CITIES.get(city, 1.0 if seen[province] > 1 else 2.5) * seen[province] ** -0.4)
    total = dict.fromkeys(PROVINCE_WEIGHTS, 0.0)
    for (province, _), weight in zip(places(), raw, strict=True):
        total[province] += weight
    return tuple(PROVINCE_WEIGHTS[p] * w / total[p] for (p, _), w in zip(places(), raw, strict=True))


def build_population(world: World, rng: np.random.Generator, size: int, scale: float) -> Population:
    kind = np.where(rng.random(size) < COMPANY_SHARE, COMPANY, PERSON)
    person = kind == PERSON
    place = col.choose(rng, place_weights(), size)
    trade = np.where(person, -1, col.choose(rng, [w for w, _ in TRADES.values()], size))
    grade = np.where(person, len(SIZES), col.choose(rng, SIZE_WEIGHTS, size))
    model = _models(rng, trade)
    created, entry = _arrivals(world, rng, kind)
    return Population(
        kind=kind,
        place=place,
        trade=trade,
        size=grade,
        type=_types(rng, trade),
        model=model,
        archetype=_archetypes(rng, trade),
        male=rng.random(size) < 0.48,
        birthday=_birthdays(rng, person),
        lunar=person & (rng.random(size) < 0.25),
        **_origins(rng, size),
        owner=_owners(rng, place),
        no_profiling=person & (rng.random(size) < 0.012),
        created=created,
        entry=entry,
        buys=rng.random(size) >= NEVER_BUYS_SHARE,
        rate=rng.gamma(RATE_SHAPE, 1 / RATE_SHAPE, size) * RATE_FACTOR[grade] * scale,
        dropout=_dropout(rng, grade),
        mean_value=VALUE_LEVEL[grade] * rng.lognormal(0, VALUE_SIGMA, size),
        response=col.choose(rng, RESPONSE_WEIGHTS, size),
        original=np.full(size, -1),
    )


def _dropout(rng: np.random.Generator, grade: col.Ints) -> col.Floats:
    leave = rng.beta(LEAVE_A, LEAVE_B, len(grade)) * LEAVE_FACTOR[grade]
    return np.asarray(np.minimum(leave, 0.95), dtype=float)


def _models(rng: np.random.Generator, trade: col.Ints) -> col.Ints:
    """Follows from the trade; a retailer may sell on the net."""
    of_trade = np.array([_model(code) for code in CODES] + [-1])[trade]
    online = (of_trade == MODELS.index("retail")) & (rng.random(len(trade)) < 0.45)
    return np.where(online, MODELS.index("ecommerce"), of_trade)


def _model(code: str) -> int:
    if code in MANUFACTURERS:
        return MODELS.index("manufacturer")
    special = {"51": "wholesale", "52": "retail"}
    return MODELS.index(special.get(code, "public" if code in PUBLIC else "service"))


def _types(rng: np.random.Generator, trade: col.Ints) -> col.Ints:
    resells = np.isin(trade, [CODES.index("51"), CODES.index("52")])
    reseller = 1 + col.choose(rng, (7, 2, 1), len(trade))
    other = col.choose(rng, (93, 2, 3, 2), len(trade))
    chosen = np.where(resells & (rng.random(len(trade)) < 0.75), reseller, other)
    return np.where(trade < 0, 0, chosen)


def _archetypes(rng: np.random.Generator, trade: col.Ints) -> col.Ints:
    names = list(ARCHETYPES)
    usual = np.array([names.index(_archetype(code)) for code in CODES] + [names.index("household")])[trade]
    strays = rng.random(len(trade)) < 0.1
    usual = np.where(strays & (trade >= 0), names.index("office"), usual)
    return np.where(strays & (trade < 0), names.index("home_office"), usual)


def _archetype(code: str) -> str:
    if code in PUBLIC:
        return "public"
    if code in MANUFACTURERS or code in {"01", "44"}:
        return "factory"
    if "47" <= code <= "50":
        return "construction"
    return "trade" if code in {"51", "52", "54", "59"} else "catering" if code in {"61", "62"} else "office"


def _birthdays(rng: np.random.Generator, person: col.Bools) -> col.Ints:
    """Days since 1970, between 1950 and 2006; -100000 where unknown."""
    born = np.round(rng.normal(5700, 4200, len(person))).clip(-7305, 13_000).astype(np.int64)
    return np.where(person & (rng.random(len(person)) < 0.7), born, -100_000)


def _origins(rng: np.random.Generator, size: int) -> dict[str, col.Ints]:
    """Where they came from; of those referred, half remember by whom: one of the customers before."""
    lead = col.choose(rng, LEAD_SOURCE_WEIGHTS, size)
    earlier = np.floor(rng.random(size) * np.arange(size)).astype(np.int64)
    known = (lead == LEAD_SOURCES.index("referral")) & (rng.random(size) < 0.6) & (np.arange(size) > 0)
    return {"lead_source": lead, "referred_by": np.where(known, earlier, -1)}


def _owners(rng: np.random.Generator, place: col.Ints) -> col.Ints:
    team = np.array([TEAM_OF_PROVINCE[province] for province, _ in places()])[place]
    within = col.choose(rng, (26, 23, 20, 17, 14), len(place))
    return np.where(rng.random(len(place)) < NO_OWNER_SHARE, -1, team * OWNERS_PER_TEAM + within)


def _arrivals(world: World, rng: np.random.Generator, kind: col.Ints) -> tuple[col.Ints, col.Floats]:
    """Day of creation and operational time of entry: some were there before, the rest come by season."""
    settings, size = world.settings, len(kind)
    existing = rng.random(size) < EXISTING_SHARE
    share, before, lag = rng.random(size), rng.integers(1, 1400, size), rng.exponential(14, size)
    created, entry = np.empty(size, dtype=np.int64), np.empty(size)
    for which, clock in world.clocks.items():
        mine = kind == which
        arrival = np.where(existing, share * min(90.0, clock.end / 4), share * clock.end)[mine]
        created[mine] = clock.day(arrival)
        entry[mine] = arrival + np.where(existing[mine], 0.0, lag[mine])
    return np.where(existing, -before, np.minimum(created, settings.days - 1)), entry


@lru_cache
def rate_scale(settings: Settings) -> float:
    """Orders per operational day that give the wished mean, by bisection on the closed form of BG/NBD.

    With rate r, dropout p after each order and time t: E[repeat orders] = (1-p)/p (1 - exp(-r p t)).
    """
    rng, size = settings.rng(1), 20_000
    grade = np.where(rng.random(size) < COMPANY_SHARE, col.choose(rng, SIZE_WEIGHTS, size), len(SIZES))
    rate = rng.gamma(RATE_SHAPE, 1 / RATE_SHAPE, size) * RATE_FACTOR[grade]
    leave = np.maximum(_dropout(rng, grade), 1e-9)
    time = settings.days * np.where(rng.random(size) < EXISTING_SHARE, 0.96, rng.random(size))

    def mean_orders(scale: float) -> float:
        return float(1 + np.mean((1 - leave) / leave * -np.expm1(-rate * scale * leave * time)))

    low, high = 1e-6, 50.0
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if mean_orders(middle) < settings.orders_per_customer else (low, middle)
    return low
