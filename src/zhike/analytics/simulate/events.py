"""A block as Arrow tables: orders with their lines, interactions, complaints, campaign members."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa

from zhike.analytics.simulate import columns as col
from zhike.analytics.simulate.block import TABLES, Block
from zhike.analytics.simulate.campaigns import member_table
from zhike.analytics.simulate.purchases import NEVER
from zhike.analytics.simulate.season import PERSON
from zhike.analytics.simulate.service import CATEGORIES, TOPICS
from zhike.analytics.simulate.tables import contact_counts
from zhike.analytics.simulate.talk import (
    KINDS,
    NEXT_STEPS,
    OUTCOME_WEIGHTS,
    OUTCOMES,
    complaint_index,
    phrase_index,
)
from zhike.analytics.simulate.world import SOURCE

CHANNELS = ("sales", "online", "phone", "wechat")
CHANNEL_WEIGHTS = np.array([[48.0, 12, 22, 18], [4, 58, 6, 32]])


def order_tables(block: Block) -> tuple[pa.Table, pa.Table]:
    """Sales and returns merged by time; ids follow that order."""
    sales, returns = len(block.orders.day), len(block.returns.of)
    position = _positions(block)
    orders = _orders(block, position).take(pa.array(np.argsort(position)))
    lines = _lines(block, position[:sales], position[sales : sales + returns])
    return orders, lines


def _orders(block: Block, position: col.Ints) -> pa.Table:
    sales, back, settings = block.orders, block.returns, block.world.settings
    size = len(position)
    is_return = np.arange(size) >= len(sales.day)
    record = np.concatenate([block.record, block.record[back.of]])
    day = np.concatenate([sales.day, back.day])
    second = np.concatenate([sales.second, back.second])
    ids = position + block.offsets.order
    returned = np.concatenate([np.full(len(sales.day), NEVER), ids[back.of]])
    owner = block.people.owner[record]
    none = np.full(len(back.of), NEVER)
    promised = np.concatenate([sales.promised, none])
    delivered = np.concatenate([sales.delivered, none])
    cancelled = np.concatenate([sales.cancelled, np.zeros(len(back.of), dtype=bool)])
    return pa.table(
        {
            "order_id": pa.array(ids),
            "number": col.join(
                col.words(("SO", "RT"), is_return.astype(np.int64)), _stamps(block, day), col.padded(ids, 8)
            ),
            "customer_id": pa.array(record + block.offsets.customer),
            "placed_at": col.seconds(second + settings.first_second),
            "business_date": col.days(day + settings.first_day),
            "status": col.words(("confirmed", "cancelled"), cancelled.astype(np.int64)),
            "kind": col.words(("sale", "return"), is_return.astype(np.int64)),
            "return_of": col.integers(returned, pa.int64(), returned != NEVER),
            "channel": _channels(block, record),
            "promised_on": col.days(promised + settings.first_day, promised != NEVER),
            "delivered_on": col.days(delivered + settings.first_day, delivered != NEVER),
            "amount": col.money(np.concatenate([sales.amount, back.amount])),
            "currency": pa.repeat("CNY", size),
            "owner_id": col.integers(owner, pa.int16(), owner >= 0),
            "source": pa.repeat(SOURCE, size),
        }
    )


def _stamps(block: Block, day: col.Ints) -> pa.Array:
    settings = block.world.settings
    known = [f"{settings.start + timedelta(days=n):%Y%m%d}-" for n in range(settings.days)]
    return col.words(known, day)


def _channels(block: Block, record: col.Ints) -> pa.Array:
    person = (block.people.kind[record] == PERSON).astype(np.int64)
    return col.words(CHANNELS, col.choose_by_row(block.rng(TABLES + 3), CHANNEL_WEIGHTS, person))


def _lines(block: Block, sale_position: col.Ints, return_position: col.Ints) -> pa.Table:
    sold, back = block.lines, block.returns.lines
    order = np.concatenate([sale_position[sold.order], return_position[back.order]])
    by_order = np.argsort(order, kind="stable")
    order = order[by_order]
    quantity = np.concatenate([sold.quantity, back.quantity])[by_order]
    price = np.concatenate([sold.price, back.price])[by_order]
    product = np.concatenate([sold.product, back.product])[by_order]
    cost = np.concatenate([sold.cost, back.cost])[by_order]
    starts = np.flatnonzero(np.concatenate([[True], order[1:] != order[:-1]])) if len(order) else order
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return pa.table(
        {
            "order_id": pa.array(order + block.offsets.order),
            "position": col.integers(rank + 1, pa.int16()),
            "product_id": col.integers(product + 1, pa.int32()),
            "quantity": col.integers(quantity, pa.int32()),
            "unit_price": col.money(price),
            "amount": col.money(quantity * price),
            "cost": col.money(cost, cost != col.UNKNOWN),
        }
    )


def interaction_table(block: Block) -> pa.Table:
    said, rng = block.interactions, block.rng(TABLES + 4)
    size = len(said.second)
    follow = (said.topic == TOPICS.index("routine")) & (rng.random(size) < 0.22)
    due = said.second // 86_400 + rng.integers(2, 25, size)
    due_second = due * 86_400 + 16 * 3600
    settled = follow & (due_second < block.world.settings.days * 86_400) & (rng.random(size) < 0.93)
    owner = block.people.owner[said.customer]
    first = block.world.settings
    return pa.table(
        {
            "interaction_id": pa.array(np.arange(size) + block.offsets.interaction),
            "customer_id": pa.array(said.customer + block.offsets.customer),
            "contact_id": _contacts(block, rng, said.customer),
            "kind": col.words(KINDS, said.kind),
            "direction": col.words(("in", "out"), (said.topic == TOPICS.index("routine")).astype(np.int64)),
            "at": col.seconds(said.second + first.first_second),
            "summary": col.words(phrase_index()[0], said.phrase),
            "outcome": col.words(OUTCOMES, col.choose(rng, OUTCOME_WEIGHTS, size)),
            "next_step": col.words(NEXT_STEPS, np.where(follow, rng.integers(0, len(NEXT_STEPS), size), -1)),
            "next_step_on": col.days(due + first.first_day, follow),
            "settled_at": col.seconds(due_second + first.first_second, settled),
            "owner_id": col.integers(owner, pa.int16(), owner >= 0),
            "source": pa.repeat(SOURCE, size),
        }
    )


def _contacts(block: Block, rng: np.random.Generator, customer: col.Ints) -> pa.Array:
    """Mostly the main contact; none for persons."""
    counts = contact_counts(block)
    first = np.cumsum(counts) - counts + block.offsets.contact
    other = np.floor(rng.random(len(customer)) ** 2 * counts[customer]).astype(np.int64)
    return col.integers(first[customer] + other, pa.int64(), counts[customer] > 0)


def complaint_table(block: Block) -> pa.Table:
    made, settings = block.complaints, block.world.settings
    size = len(made.second)
    owner = block.people.owner[made.customer]
    sales = len(block.orders.day)
    position = _positions(block)[:sales]
    return pa.table(
        {
            "complaint_id": pa.array(np.arange(size) + block.offsets.complaint),
            "customer_id": pa.array(block.record[made.order] + block.offsets.customer),
            "order_id": pa.array(position[made.order] + block.offsets.order),
            "at": col.seconds(made.second + settings.first_second),
            "category": col.words(CATEGORIES, made.category),
            "severity": col.integers(made.severity, pa.int8()),
            "summary": col.words(complaint_index()[0], made.phrase),
            "settled_at": col.seconds(made.settled + settings.first_second, made.settled != NEVER),
            "satisfaction": col.integers(made.satisfaction, pa.int8(), made.satisfaction > 0),
            "owner_id": col.integers(owner, pa.int16(), owner >= 0),
            "source": pa.repeat(SOURCE, size),
        }
    )


def _positions(block: Block) -> col.Ints:
    """Where sales and returns stand when merged by time."""
    second = np.concatenate([block.orders.second, block.returns.second])
    position = np.empty(len(second), dtype=np.int64)
    position[np.argsort(second, kind="stable")] = np.arange(len(second))
    return position


def members_table(block: Block) -> pa.Table:
    real = ~block.orders.cancelled
    facts = (block.orders.customer[real], block.orders.day[real], block.orders.amount[real])
    return member_table(block.world, block.rng(TABLES + 5), block.members, block.offsets.customer, facts)
