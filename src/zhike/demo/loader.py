"""The simulated company into the operational store, block by block, each in one transaction.

A demo that was killed continues with the first block that is missing; one that is complete is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction

from zhike.analytics.simulate import Company, Settings, combine, stream
from zhike.crm.customers import ownership
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.customers.search import reindex
from zhike.crm.interactions.models import Interaction
from zhike.crm.orders.models import Order, OrderLine
from zhike.demo import footprint
from zhike.demo.rows import BlockWriter
from zhike.demo.world import Bases, load_world, read_bases, reset_sequences
from zhike.platform.models import Installation
from zhike.platform.store import gather_statistics

Progress = Callable[[str], None]
SOURCE = "simulated"
COMPANY_NAME = "知客模拟商贸有限公司"
# Customers are entered into the search index this many at a time.
SEARCH_CHUNK = 5_000


def load(
    *,
    customers: int = 20_000,
    seed: int = 2026,
    years: float = 3.0,
    block: int = 20_000,
    progress: Progress | None = None,
    reached: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Load the company (or what is missing of it); returns the number of rows per table.

    ``reached`` hears the number of customers after each block, outside its transaction.
    """
    say = progress or (lambda _text: None)
    plan, bases = _plan(customers, seed, years, block)
    blocks: list[Company] = []
    for part in stream(plan):
        blocks.append(part)
        if not _is_loaded(part):
            _load_block(part, bases, say)
        if reached is not None:
            reached(sum(one["customers"].num_rows for one in blocks))
    ownership.record(None, origin="created", since_created=True)
    gather_statistics(Customer, Contact, Order, OrderLine, Interaction)
    company = combine(blocks)
    _write_truth(company)
    say("Preparing the search")
    _index_names(company)
    return {name: table.num_rows for name, table in company.tables.items()}


def _plan(customers: int, seed: int, years: float, block: int) -> tuple[Settings, Bases]:
    """The settings of the company and where its numbers begin, as written down at the first start."""
    path = _folder() / "plan.json"
    if path.exists() and Customer.objects.filter(source=SOURCE).exists():
        stored = json.loads(path.read_text(encoding="utf-8"))
        until = date.fromisoformat(stored["settings"].pop("until"))
        return Settings(**stored["settings"], until=until), Bases(**stored["bases"])
    plan = Settings(customers=customers, seed=seed, until=date.today(), years=years, block=block)
    bases = read_bases()
    path.write_text(json.dumps({"settings": plan.as_json(), "bases": bases.__dict__}), encoding="utf-8")
    return plan, bases


def _is_loaded(block: Company) -> bool:
    last = block["customers"]["code"][-1].as_py()
    return Customer.objects.filter(source=SOURCE, external_key=last).exists()


def _load_block(block: Company, bases: Bases, say: Progress) -> None:
    with transaction.atomic():
        if "teams" in block.tables:
            _name_company()
            with footprint.noted():
                load_world(block, bases)
        with BlockWriter(block, bases) as writer:
            for table, rows in writer.write():
                say(f"{rows:,} {table}")
        reset_sequences()


def _name_company() -> None:
    installation = Installation.current()
    installation.company_name = installation.company_name or COMPANY_NAME
    installation.simulated = True
    installation.save()


def _write_truth(company: Company) -> None:
    """The truth behind the company, for tests alone: no part of the product reads it."""
    pq.write_table(company.truth, _folder() / "truth.parquet")
    facts = json.dumps(company.facts, ensure_ascii=False, indent=2)
    (_folder() / "truth.json").write_text(facts + "\n", encoding="utf-8")


def _index_names(company: Company) -> None:
    codes: pa.ChunkedArray = company["customers"]["code"]
    known: Any = Customer.objects.filter(source=SOURCE).order_by("pk").values_list("pk", flat=True)
    ids = list(known[: len(codes)])
    for start in range(0, len(ids), SEARCH_CHUNK):
        reindex(ids[start : start + SEARCH_CHUNK])


def _folder() -> Path:
    folder = Path(settings.ZHIKE_HOME) / "simulated"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
