"""A small company with values of every type and holes in all of them, in the engine and in plain Python."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa

from zhike.analytics.effect.assignment import bucket
from zhike.analytics.engine import Session
from zhike.analytics.segments import Catalogue, Changing, Field, Occasion, Person, Source, by_name
from zhike.analytics.segments.comparisons import tag_text
from zhike.analytics.words import Words

AS_OF = 20_000
SALTS = ("campaign", "exp-2026-11")
SEGMENTS = ("vip", "quiet")
LISTS = (3, 8)
CITIES = ["上海", "杭州", "O'Hara", "50%_off!", "Ünï", ""]
TIERS = ("bronze", "silver", "gold")
TAGS = ["母婴", "wine", "a%b", "x_y"]


def field(name: str, type: str, **more: Any) -> Field:
    return Field(name, type, Words(name, name), name.replace(".", "_"), **more)


FIELDS = by_name(
    [
        field("city", "text"),
        field("tier", "choice", choices=tuple((tier, Words(tier, tier)) for tier in TIERS)),
        field(
            "rank",
            "level",
            choices=tuple((tier, Words(tier, tier)) for tier in ("none", *TIERS)),
            former=(("platinum", Words("Platinum", "铂金")),),
        ),
        field("employees", "number"),
        field("net_revenue", "money"),
        field("churn.probability", "share", dated="churn_day"),
        field("last_order", "date"),
        field("profiled", "flag"),
        field("tags", "tags"),
    ]
)
ORDERS = Source(
    "order",
    Words("orders", "订单"),
    "orders",
    by_name(
        [
            field("status", "choice"),
            field("category", "text"),
            field("net", "money"),
            field("items", "number"),
        ]
    ),
)
CATALOGUE = Catalogue(
    fields=FIELDS,
    sources=by_name([ORDERS]),
    occasions=by_name([Occasion("birthday", Words("birthday", "生日"), "next_birthday")]),
    changing=by_name([Changing("tier", Words("tier", "等级"), "tier_changes")]),
)


def make(count: int, seed: int) -> list[Person]:
    chance = random.Random(seed)
    return [_person(number, chance) for number in range(1, count + 1)]


def _person(number: int, chance: random.Random) -> Person:
    def maybe(value: Any) -> Any:
        return value if chance.random() > 0.25 else None

    values = {
        "city": maybe(chance.choice(CITIES)),
        "tier": maybe(chance.choice(TIERS)),
        "rank": maybe(chance.choice(("none", *TIERS))),
        "employees": maybe(chance.randrange(0, 50)),
        "net_revenue": maybe(chance.randrange(-5_000_0000, 100_000_0000, 2_500)),
        "churn.probability": maybe(chance.choice([0.0, 0.25, 0.5, 0.75, 1.0])),
        "churn_day": maybe(AS_OF - chance.randrange(0, 20)),
        "last_order": maybe(AS_OF - chance.randrange(0, 400)),
        "profiled": chance.random() > 0.2,
        "tags": chance.sample(TAGS, chance.randrange(0, 3)),
    }
    rows = [
        {
            "day": AS_OF + 5 - chance.randrange(0, 400),
            "status": maybe(chance.choice(["paid", "open"])),
            "category": maybe(chance.choice(["茶", "酒", "茶具"])),
            "net": maybe(chance.randrange(-200_0000, 5_000_0000, 10_000)),
            "items": maybe(chance.randrange(0, 9)),
        }
        for _row in range(chance.choice([0, 0, 1, 2, 5]))
    ]
    changes = [
        (AS_OF - chance.randrange(0, 100), chance.choice(TIERS), chance.choice(TIERS))
        for _change in range(chance.randrange(0, 3))
    ]
    return Person(
        number,
        values=values,
        rows={"order": rows},
        changes={"tier": changes},
        occasions={"birthday": maybe(AS_OF + chance.randrange(0, 366))},
        segments=frozenset(chance.sample(SEGMENTS, chance.randrange(0, 3))),
        lists=frozenset(chance.sample(LISTS, chance.randrange(0, 3))),
    )


def load(session: Session, people: list[Person]) -> None:
    """The same people as the relations that the catalogue names."""
    session.load("customers", pa.Table.from_pylist([_columns(person) for person in people], CUSTOMERS))
    session.load("orders", _table(ORDER_ROWS, [(p.id, row) for p in people for row in p.rows["order"]]))
    session.load(
        "tier_changes",
        pa.Table.from_pylist(
            [
                {"customer_id": p.id, "day": day, "before": before, "after": after}
                for p in people
                for day, before, after in p.changes["tier"]
            ],
            pa.schema(
                [
                    ("customer_id", pa.int64()),
                    ("day", pa.int32()),
                    ("before", pa.string()),
                    ("after", pa.string()),
                ]
            ),
        ),
    )
    session.load(
        "members",
        pa.table(
            {
                "segment": [one for p in people for one in sorted(p.segments)],
                "customer_id": [p.id for p in people for _one in p.segments],
            }
        ),
    )
    session.load(
        "list_members",
        pa.table(
            {
                "list_id": [one for p in people for one in sorted(p.lists)],
                "customer_id": [p.id for p in people for _one in p.lists],
            }
        ),
    )
    session.load(
        "buckets",
        pa.table(
            {
                "salt": [salt for salt in SALTS for _p in people],
                "customer_id": [p.id for _salt in SALTS for p in people],
                "bucket": [bucket(salt, p.id) for salt in SALTS for p in people],
            }
        ),
    )


CUSTOMERS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("city", pa.string()),
        ("tier", pa.string()),
        ("rank", pa.int16()),
        ("employees", pa.int32()),
        ("net_revenue", pa.int64()),
        ("churn_probability", pa.float64()),
        ("churn_day", pa.int32()),
        ("last_order", pa.int32()),
        ("profiled", pa.bool_()),
        ("tags", pa.string()),
        ("next_birthday", pa.int32()),
    ]
)
ORDER_ROWS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("day", pa.int32()),
        ("status", pa.string()),
        ("category", pa.string()),
        ("net", pa.int64()),
        ("items", pa.int32()),
    ]
)


def _columns(person: Person) -> dict[str, Any]:
    values = dict(person.values)
    return {
        **values,
        "customer_id": person.id,
        "rank": None if values["rank"] is None else CATALOGUE.fields["rank"].levels.index(values["rank"]),
        "churn_probability": values["churn.probability"],
        "tags": tag_text(values["tags"]),
        "next_birthday": person.occasions["birthday"],
    }


def _table(schema: pa.Schema, rows: list[tuple[int, dict[str, Any]]]) -> pa.Table:
    return pa.Table.from_pylist([{"customer_id": customer, **row} for customer, row in rows], schema)
