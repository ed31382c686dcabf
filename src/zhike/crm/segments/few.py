"""Some customers as conditions see them, straight from their rows in the operational store.

The relations and columns are those of the segment base, built by the same texts, so that a definition means
the same for one changed customer a moment after an order as for everybody at night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from zhike.analytics.effect.assignment import bucket
from zhike.analytics.engine import Session
from zhike.analytics.features import build, build_facts
from zhike.analytics.segments import Catalogue, Definition
from zhike.crm.insight import days, extract, ranks
from zhike.crm.segments import extracts, fields, purchases
from zhike.crm.segments.assembling import assemble

MEMORY = "512MB"


@dataclass(frozen=True)
class Few:
    """An open session with the relations of the catalogue, as of ``day``."""

    session: Session
    catalogue: Catalogue
    day: int


@contextmanager
def opened(
    customer_ids: Sequence[int], definitions: Sequence[Definition], catalogue: Catalogue | None = None
) -> Iterator[Few]:
    """The customers with all that these definitions ask for."""
    day, tiers = days.number(days.analysis_day()), ranks.now()
    with Session(threads=1, memory_limit=MEMORY) as session:
        _load(session, customer_ids, definitions, day, tiers)
        assemble(session, day)
        _load_places(session, customer_ids, definitions)
        _load_buckets(session, customer_ids, definitions)
        yield Few(session, fields.with_levels(catalogue or fields.whole(), fields.levels_by(tiers)), day)


def _load(
    session: Session,
    customer_ids: Sequence[int],
    definitions: Sequence[Definition],
    day: int,
    tiers: ranks.Ranks,
) -> None:
    asked = any(purchases.RELATION in one.relations for one in definitions)
    extracts.load_few(session, customer_ids, tiers, unasked=() if asked else (extracts.ITEMS,))
    session.load(
        "raw_orders", extracts.rows_of(extract.orders_sql(), "o.customer_id", customer_ids, extract.ORDERS)
    )
    build_facts(session, orders="raw_orders", into="fact_rows")
    session.view("order_rows", f"SELECT * FROM fact_rows WHERE day <= {int(day)}")
    session.view("few_customers", "SELECT customer_id, TRUE AS profiled FROM profile")
    build(session, facts="fact_rows", customers="few_customers", as_of=day, into="feature_rows")


def _load_places(session: Session, customer_ids: Sequence[int], definitions: Sequence[Definition]) -> None:
    """Their places in segments and in the lists that are asked for."""
    segments = sorted({int(one) for d in definitions for one in d.segments if one.isdecimal()})
    lists = sorted({one for d in definitions for one in d.lists})
    members, listed = extracts.members_sql(segments), extracts.list_members_sql(lists)
    session.load(
        "members",
        extracts.rows_of(members, "m.customer_id", customer_ids if segments else [], extracts.MEMBERS),
    )
    session.load(
        "list_members",
        extracts.rows_of(listed, "l.customer_id", customer_ids if lists else [], extracts.LIST_MEMBERS),
    )


def _load_buckets(session: Session, customer_ids: Sequence[int], definitions: Sequence[Definition]) -> None:
    salts = sorted({salt for one in definitions for salt in one.salts})
    pairs = [(salt, pk, bucket(salt, pk)) for salt in salts for pk in customer_ids]
    columns = list(zip(*pairs, strict=True)) or [(), (), ()]
    kinds = (("salt", pa.string()), ("customer_id", pa.int64()), ("bucket", pa.int32()))
    arrays = {name: pa.array(list(values), kind) for (name, kind), values in zip(kinds, columns, strict=True)}
    session.load("buckets", pa.table(arrays))
