"""A block as Arrow tables: customers, contacts and the truth about them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.block import TABLES, Block
from zhike.analytics.simulate.duplicates import SAME_MAIL_SHARE, with_variations
from zhike.analytics.simulate.names import addresses, company_names, person_names, phones
from zhike.analytics.simulate.parts import LEAD_SOURCES, NEEDS, TITLES
from zhike.analytics.simulate.population import CODES, MODELS, RESPONSES, SIZES, TYPES, places
from zhike.analytics.simulate.purchases import CAUSES, NEVER
from zhike.analytics.simulate.season import PERSON
from zhike.analytics.simulate.settings import DAYS_A_YEAR
from zhike.analytics.simulate.world import OWNERS_PER_TEAM, SOURCE

ROLES = tuple(TITLES)
FIRST_ROLE_WEIGHTS = (30, 52, 14, 2, 2)
NEXT_ROLE_WEIGHTS = (18, 22, 28, 22, 10)
MOST_CONTACTS = 4


def customer_table(block: Block) -> pa.Table:
    people, size = block.people, len(block.people)
    rng = block.rng(TABLES)
    person = people.kind == PERSON
    names, numbers = _names_and_phones(block, rng)
    ids = np.arange(size) + block.offsets.customer
    owned = people.owner >= 0
    return pa.table(
        {
            "customer_id": pa.array(ids),
            "code": col.join("C", col.padded(ids, 8)),
            "kind": col.words(("company", "person"), people.kind),
            "name": names,
            "phone": numbers,
            "email": _emails(block, rng, ids),
            **_place_columns(block, rng),
            "industry": col.words(CODES, people.trade),
            "size": col.words(SIZES, np.where(person, -1, people.size)),
            "customer_type": col.words(TYPES, people.type),
            "business_model": col.words(MODELS, people.model),
            "gender": col.words(("female", "male"), np.where(person, people.male, -1)),
            "birthday": col.days(people.birthday, people.birthday > -100_000),
            "birthday_calendar": col.words(("solar", "lunar"), people.lunar.astype(np.int64)),
            "needs": col.words(
                NEEDS, np.where(rng.random(size) < 0.3, rng.integers(0, len(NEEDS), size), -1)
            ),
            "lead_source": col.words(LEAD_SOURCES, people.lead_source),
            "referred_by": col.integers(
                people.referred_by + block.offsets.customer, pa.int64(), people.referred_by >= 0
            ),
            "owner_id": col.integers(people.owner, pa.int16(), owned),
            "team_id": col.integers(people.owner // OWNERS_PER_TEAM, pa.int16(), owned),
            "no_profiling": pa.array(people.no_profiling),
            "created_at": col.seconds(_created(block, rng)),
            "last_contact_at": _last_contact(block),
            "source": pa.repeat(SOURCE, size),
        }
    )


def _names_and_phones(block: Block, rng: np.random.Generator) -> tuple[pa.Array, pa.Array]:
    originals = block.people.take(np.arange(block.originals))
    person = originals.kind == PERSON
    names = col.where(person, person_names(rng, originals.male), company_names(rng, originals))
    index = (np.arange(block.originals) + block.offsets.customer) * 2
    has_phone = rng.random(block.originals) < np.where(person, 0.97, 0.88)
    numbers = col.where(has_phone, phones(index), "")
    return with_variations(rng, block.people, names, numbers)


def _emails(block: Block, rng: np.random.Generator, ids: col.Ints) -> pa.Array:
    """Second records have the first one's address, or none."""
    people, size = block.people, len(block.people)
    has = rng.random(size) < np.where(people.kind == PERSON, 0.35, 0.62)
    second = people.original >= 0
    same = has[people.original] & (rng.random(size) < SAME_MAIL_SHARE)
    whose = np.where(second, people.original + block.offsets.customer, ids)
    text = col.join("c", col.padded(whose, 8), "@example.com")
    return col.where(np.where(second, same, has), text, "")


def _place_columns(block: Block, rng: np.random.Generator) -> dict[str, pa.Array]:
    province, city = zip(*places(), strict=True)
    return {
        "province": col.words(province, block.people.place),
        "city": col.words(city, block.people.place),
        "address": addresses(rng, block.people),
    }


def _created(block: Block, rng: np.random.Generator) -> col.Ints:
    """Before half past eight, when the first orders of a day come in."""
    day = block.people.created + block.world.settings.first_day
    return day * 86_400 + 8 * 3600 + rng.integers(0, 1800, len(day))


def _last_contact(block: Block) -> pa.Array:
    last = np.full(len(block.people), NEVER)
    np.maximum.at(last, block.interactions.customer, block.interactions.second)
    np.maximum.at(last, block.complaints.customer, block.complaints.second)
    return col.seconds(last + block.world.settings.first_second, last != NEVER)


def contact_counts(block: Block) -> col.Ints:
    """Companies have one to four contact persons; persons and second records none."""
    rng = block.rng(TABLES + 1)
    count = 1 + np.minimum(rng.poisson(0.6, block.originals), MOST_CONTACTS - 1)
    return np.where(block.people.kind[: block.originals] == PERSON, 0, count)


def contact_table(block: Block) -> pa.Table:
    rng = block.rng(TABLES + 2)
    customer, rank = col.expand(contact_counts(block))
    size = len(customer)
    ids = np.arange(size) + block.offsets.contact
    male = rng.random(size) < 0.5
    first = rank == 0
    role = np.where(
        first, col.choose(rng, FIRST_ROLE_WEIGHTS, size), col.choose(rng, NEXT_ROLE_WEIGHTS, size)
    )
    return pa.table(
        {
            "contact_id": pa.array(ids),
            "customer_id": pa.array(customer + block.offsets.customer),
            "name": person_names(rng, male),
            "gender": col.words(("female", "male"), male.astype(np.int64)),
            "role": col.words(ROLES, role),
            "title": _titles(rng, role),
            "phone": col.where(rng.random(size) < 0.93, phones(ids * 2 + 1), ""),
            "email": col.where(rng.random(size) < 0.5, col.join("p", col.padded(ids, 8), "@example.com"), ""),
            "is_primary": pa.array(first),
            "source": pa.repeat(SOURCE, size),
        }
    )


def _titles(rng: np.random.Generator, role: col.Ints) -> pa.Array:
    flat = [title for role_titles in TITLES.values() for title in role_titles]
    counts = np.array([len(role_titles) for role_titles in TITLES.values()])
    starts = np.cumsum(counts) - counts
    return col.words(flat, starts[role] + np.floor(rng.random(len(role)) * counts[role]).astype(np.int64))


def truth_table(block: Block) -> pa.Table:
    """Second records carry the truth of the customer whom they repeat."""
    people, purchases = block.people, block.purchases
    who = np.where(people.original >= 0, people.original, np.arange(len(people)))
    first, left, day0 = purchases.first[who], purchases.left[who], block.world.settings.first_day
    return pa.table(
        {
            "customer_id": pa.array(np.arange(len(people)) + block.offsets.customer),
            "duplicate_of": col.integers(
                people.original + block.offsets.customer, pa.int64(), people.original >= 0
            ),
            "buys": pa.array(people.buys),
            "alive": pa.array(people.buys & (left == NEVER)),
            "rate": pa.array(people.rate * DAYS_A_YEAR),
            "dropout": pa.array(people.dropout),
            "mean_value": pa.array(people.mean_value),
            "first_order_on": col.days(first + day0, first != NEVER),
            "left_on": col.days(left + day0, left != NEVER),
            "cause": col.words(CAUSES, purchases.cause[who]),
            "archetype": col.integers(people.archetype, pa.int16()),
            "response": col.words(RESPONSES, people.response),
            "campaign_orders": col.integers(block.members.caused[who], pa.int16()),
        }
    )
