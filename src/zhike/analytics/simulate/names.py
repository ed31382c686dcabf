"""Names, phones and mail addresses, put together from parts: invented, whatever they resemble."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.parts import (
    BRANDS,
    COMPANY_FORMS,
    FORM_WEIGHTS,
    GIVEN_FEMALE,
    GIVEN_MALE,
    ROADS,
    SURNAMES,
    TRADES,
)
from zhike.analytics.simulate.population import CODES, Population, places
from zhike.data.regions import city, province

# 1740 0xxxxxx to 1740 5xxxxxx: satellite emergency terminals.
PHONE_PREFIX = "1740"
PHONE_RANGE = 6_000_000
# Without a common factor with the range: every index below it has its own number.
PHONE_STEP = 3_487_321
BRAND_CHARACTERS = tuple(BRANDS)


def person_names(rng: np.random.Generator, male: col.Bools) -> pa.Array:
    size = len(male)
    surname = col.words(SURNAMES, col.choose(rng, np.arange(2.0, len(SURNAMES) + 2) ** -0.85, size))
    return col.join(surname, _given(rng, male, 1.0), _given(rng, male, 0.72))


def _given(rng: np.random.Generator, male: col.Bools, share: float) -> pa.Array:
    size = len(male)
    his = col.words(GIVEN_MALE, rng.integers(0, len(GIVEN_MALE), size))
    hers = col.words(GIVEN_FEMALE, rng.integers(0, len(GIVEN_FEMALE), size))
    return col.where(rng.random(size) < share, col.where(male, his, hers), "")


def company_names(rng: np.random.Generator, people: Population) -> pa.Array:
    """City, two or three characters, trade and legal form: 杭州瑞鑫五金有限公司."""
    size = len(people)
    brand = [col.words(BRAND_CHARACTERS, rng.integers(0, len(BRAND_CHARACTERS), size)) for _ in range(3)]
    third = col.where(rng.random(size) < 0.25, brand[2], "")
    trade, complete = _trade_words(rng, people.trade)
    form = col.words(COMPANY_FORMS, np.where(complete, -1, _forms(rng, people.size)))
    local = np.where(rng.random(size) < 0.85, people.place, -1)
    return col.join(col.words(_place_names(), local), brand[0], brand[1], third, trade, form)


@lru_cache
def _place_names() -> tuple[str, ...]:
    units = [city(c) or province(p) for p, c in places()]
    return tuple(unit.short if unit else "" for unit in units)


def _trade_words(rng: np.random.Generator, trade: col.Ints) -> tuple[pa.Array, col.Bools]:
    """A word of the trade, and whether it ends the name itself (a school needs no 有限公司)."""
    flat = [word for code in CODES for word in TRADES[code][1]]
    counts = np.array([len(TRADES[code][1]) for code in CODES])
    starts = np.cumsum(counts) - counts
    safe = np.maximum(trade, 0)
    chosen = starts[safe] + np.floor(rng.random(len(trade)) * counts[safe]).astype(np.int64)
    complete = np.array([word.endswith("!") for word in flat])[chosen]
    return col.words([word.rstrip("!") for word in flat], np.where(trade < 0, -1, chosen)), complete


def _forms(rng: np.random.Generator, size: col.Ints) -> col.Ints:
    weights = np.array([*FORM_WEIGHTS.values(), FORM_WEIGHTS["micro"]])
    return col.choose_by_row(rng, weights, size)


def phones(index: col.Ints) -> pa.Array:
    """Eleven digits; different for different indices below 6 million."""
    return col.join(PHONE_PREFIX, col.padded((index * PHONE_STEP + 271_828) % PHONE_RANGE, 7))


def addresses(rng: np.random.Generator, people: Population) -> pa.Array:
    units = [(province(p), city(c)) for p, c in places()]
    full = [(p.name if p else "") + (c.name if c and p and c.name != p.name else "") for p, c in units]
    road = col.words(ROADS, rng.integers(0, len(ROADS), len(people)))
    number = pa.array(rng.integers(1, 999, len(people))).cast(pa.string())
    return col.join(col.words(full, people.place), road, number, "号")


def vary_company(name: str, way: int) -> str:
    """The same company as a hurried colleague types it."""
    short = name.removesuffix("有限责任公司").removesuffix("股份有限公司").removesuffix("有限公司")
    return (
        short,
        name.replace("有限公司", "有限责任公司") if "有限公司" in name else name + "（总店）",
        name[:2] + "市" + name[2:] if name[:2] in _place_names() else name + " ",
        f"{name}（{name[:2]}）",
        name.replace("有限公司", "公司"),
        f" {name[:4]} {name[4:]}",
    )[way % 6]


def vary_person(name: str, way: int) -> str:
    return (name, f"{name[0]} {name[1:]}", f"{name} ", name + ("先生" if way % 2 else "女士"), name)[way % 5]


def vary_phone(phone: str, way: int) -> str:
    if not phone:
        return ""
    spaced = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    full_width = phone.translate({ord(str(d)): ord("０") + d for d in range(10)})
    return (f"+86 {spaced}", spaced.replace(" ", "-"), spaced, full_width, f"0086{phone}", phone)[way % 6]
