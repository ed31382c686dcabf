"""The whole company: block after block, or at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.simulate.block import Block, Offsets, build_block
from zhike.analytics.simulate.events import complaint_table, interaction_table, members_table, order_tables
from zhike.analytics.simulate.purchases import CAUSES
from zhike.analytics.simulate.settings import Settings
from zhike.analytics.simulate.tables import contact_table, customer_table, truth_table
from zhike.analytics.simulate.world import World, build_world, sku, world_tables

TRUTH = "truth"


@dataclass(frozen=True)
class Company:
    """The tables of a company, or of one block of it; ``truth`` is no part of ``tables``."""

    settings: Settings
    tables: dict[str, pa.Table]
    truth: pa.Table
    facts: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pa.Table:
        return self.tables[name]


def simulate(
    customers: int = 20_000,
    *,
    seed: int = 1,
    until: date | None = None,
    years: float = 3.0,
    orders_per_customer: float = 7.0,
    one_time_share: float | None = None,
) -> Company:
    """A company with all its tables in memory. ``until`` (default: today) is the last simulated day."""
    settings = Settings(
        customers=customers,
        seed=seed,
        until=until or date.today(),
        years=years,
        orders_per_customer=orders_per_customer,
        one_time_share=one_time_share,
    )
    return combine(list(stream(settings)))


def stream(settings: Settings) -> Iterator[Company]:
    """The company in blocks of customers; the tables of the company itself come with the first block."""
    world, offsets, done = build_world(settings), Offsets(), 0
    number = 0
    while done < settings.customers:
        size = min(settings.block, settings.customers - done)
        block = build_block(world, number, size, offsets)
        company = _company(block)
        yield company
        done, number, offsets = done + size, number + 1, _after(offsets, company)


def combine(blocks: list[Company]) -> Company:
    """Blocks of one company as one."""
    names = blocks[0].tables
    tables = {name: pa.concat_tables([b.tables[name] for b in blocks if name in b.tables]) for name in names}
    truth = pa.concat_tables([b.truth for b in blocks])
    return Company(blocks[0].settings, tables, truth, add_facts([b.facts for b in blocks]))


def add_facts(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts of blocks added up; all else is the same in every block."""
    total = dict(parts[0])
    for key in ("rows", "causes"):
        names = {name for part in parts for name in part[key]}
        total[key] = {name: sum(part[key].get(name, 0) for part in parts) for name in sorted(names)}
    return total


def _company(block: Block) -> Company:
    orders, lines = order_tables(block)
    tables = {
        **(world_tables(block.world) if block.number == 0 else {}),
        "customers": customer_table(block),
        "contacts": contact_table(block),
        "orders": orders,
        "order_lines": lines,
        "interactions": interaction_table(block),
        "complaints": complaint_table(block),
        "campaign_members": members_table(block),
    }
    truth = truth_table(block)
    return Company(block.world.settings, tables, truth, _facts(block.world, tables, truth))


def _facts(world: World, tables: dict[str, pa.Table], truth: pa.Table) -> dict[str, Any]:
    causes = truth.filter(pc.is_null(truth["duplicate_of"]))["cause"].to_pylist()
    return {
        "simulated": True,
        "settings": world.settings.as_json(),
        "causes": {cause: causes.count(cause) for cause in CAUSES},
        "rows": {name: table.num_rows for name, table in tables.items()},
        "complements": complements(world),
    }


def complements(world: World) -> list[tuple[str, str]]:
    """The numbers of products that are often bought together on purpose."""
    pairs = [(a, int(b)) for a, b in enumerate(world.complement) if a < b]
    left, right = zip(*pairs, strict=True)
    return list(
        zip(sku(np.array(left), world).to_pylist(), sku(np.array(right), world).to_pylist(), strict=True)
    )


def _after(offsets: Offsets, company: Company) -> Offsets:
    rows = {name: table.num_rows for name, table in company.tables.items()}
    return Offsets(
        customer=offsets.customer + rows["customers"],
        contact=offsets.contact + rows["contacts"],
        order=offsets.order + rows["orders"],
        interaction=offsets.interaction + rows["interactions"],
        complaint=offsets.complaint + rows["complaints"],
    )
