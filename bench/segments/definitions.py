"""What is asked: twelve nested definitions over columns, three with behavior, and a hundred segments."""

from __future__ import annotations

import random
from typing import Any

from data import AS_OF, INDUSTRIES, KINDS, PROVINCES, SALT, STAGES, TAGS

Json = dict[str, Any]


def leaf(field: str, cmp: str, value: Any = None, **more: Any) -> Json:
    given = {} if value is None else {"value": value}
    return {"t": "attr", "field": field, "cmp": cmp, **given, **more}


def both(*children: Json) -> Json:
    return {"op": "and", "children": list(children)}


def either(*children: Json) -> Json:
    return {"op": "or", "children": list(children)}


def no(child: Json) -> Json:
    return {"op": "not", "child": child}


def churning(cmp: str, value: float) -> Json:
    return {
        "t": "score",
        "model": "churn",
        "output": "probability",
        "cmp": cmp,
        "value": value,
        "max_age_days": 7,
    }


TIERS = ["bronze", "silver", "gold", "diamond"]
COAST = ["31", "32", "33", "35", "37", "44"]
TWELVE: dict[str, Json] = {
    "sleeping and worth it": both(
        leaf("recency_days", "gte", 180),
        either(leaf("tier", "gte", "gold"), leaf("net_revenue", "gte", "8000.00")),
    ),
    "likely to leave": both(
        churning("gte", 0.6),
        leaf("net_revenue", "gte", "2000.00"),
        no(leaf("lifecycle", "in", ["lost", "potential"])),
    ),
    "bought once, in the coast": both(
        leaf("frequency", "eq", 1), leaf("recency_days", "between", [30, 90]), leaf("region", "in", COAST)
    ),
    "birthday soon, not asleep": both(
        {"t": "anniversary", "field": "birthday", "within_days": [0, 14]}, no(leaf("recency_days", "gt", 365))
    ),
    "champions or rising": either(
        both(leaf("rfm.segment", "eq", "important_value"), leaf("abc", "eq", "A")),
        both(leaf("orders_90", "gte", 2), leaf("revenue_365", "gte", "1500.00"), leaf("rfm.r", "gte", 4)),
    ),
    "companies of unknown trade": both(
        leaf("kind", "eq", "company"),
        either(leaf("industry", "unknown"), leaf("industry", "in", ["I1", "I2", "I3"])),
        leaf("average_order", "between", ["100.00", "900.00"]),
    ),
    "not in these provinces": both(
        leaf("region", "not_in", COAST),
        leaf("tier", "between", ["bronze", "gold"]),
        leaf("profiled", "eq", True),
    ),
    "returns a lot": both(
        leaf("return_rate", "gt", 0.7, missing="exclude"),
        either(leaf("orders_90", "gte", 1), leaf("frequency", "gte", 8)),
    ),
    "four levels deep": both(
        either(
            both(
                leaf("tier", "eq", "diamond"),
                no(either(leaf("abc", "eq", "C"), leaf("recency_days", "gt", 300))),
            ),
            both(leaf("tier", "lte", "bronze"), leaf("revenue_365", "gte", "3000.00")),
        ),
        no(both(leaf("gender", "eq", "male"), leaf("city", "eq", "City 7"))),
    ),
    "everybody but the quiet": no(
        both(leaf("orders_90", "eq", 0), leaf("recency_days", "gt", 200), churning("gt", 0.8))
    ),
    "tags and sixty cities": both(
        leaf("tags", "contains_any", [TAGS[0], TAGS[2]]),
        leaf("city", "in", [f"City {n}" for n in range(60)]),
        leaf("tier", "gte", "bronze"),
    ),
    "ordered lately": both(
        leaf("last_order", "gte", "2024-07-01"),
        leaf("lifecycle", "neq", "lost"),
        either(
            leaf("average_order", "gte", "500.00"), leaf("frequency", "gte", 5), leaf("abc", "in", ["A", "B"])
        ),
    ),
}


def did(fn: str, cmp: str, value: Any, days: int | None = None, **more: Any) -> Json:
    window = {"window": {"last": days, "unit": "day"}} if days else {}
    return {"t": "agg", "source": "order", "fn": fn, "cmp": cmp, "value": value, **window, **more}


LARGE = leaf("revenue", "gte", "100.00")
BEHAVIOR: dict[str, Json] = {
    "twice in 180 days": both(did("count", "gte", 2, 180), leaf("tier", "gte", "silver")),
    "spent over 1,000 a year, not lately": both(
        did("sum", "gte", "1000.00", 365, of="revenue"), no(did("count", "gte", 1, 60))
    ),
    "silent large buyers": both(
        {"t": "recency", "source": "order", "which": "last", "cmp": "gte", "value": 200},
        did("avg", "gte", "300.00", None, of="revenue", where=LARGE),
        leaf("region", "in", COAST),
    ),
}


def hundred() -> list[Json]:
    """A hundred different segments: 70 over columns, 30 over what customers did, two of them over others."""
    chance = random.Random(100)
    found = []
    for number in range(100):
        parts = [_column(chance) for _part in range(chance.randrange(2, 5))]
        if number % 10 < 3:
            parts.append(_behavior(chance))
        root = both(*parts) if number % 2 else both(either(*parts[:2]), *(no(one) for one in parts[2:]))
        found.append(root)
    found[98] = both({"t": "segment", "id": "vip"}, found[98])
    found[99] = both({"t": "bucket", "salt": SALT, "from": 0, "to": 1000}, found[99])
    return found


def _column(chance: random.Random) -> Json:
    return chance.choice(
        [
            lambda: leaf("tier", "gte", chance.choice(TIERS)),
            lambda: leaf("recency_days", "lte", chance.randrange(30, 600)),
            lambda: leaf("net_revenue", "gte", f"{chance.randrange(200, 10_000)}.00"),
            lambda: leaf("region", "in", [str(11 + chance.randrange(PROVINCES)) for _one in range(4)]),
            lambda: leaf("industry", "neq", f"I{chance.randrange(INDUSTRIES)}"),
            lambda: leaf("lifecycle", "in", chance.sample(STAGES, 2)),
            lambda: leaf("rfm.segment", "eq", chance.choice(KINDS)),
            lambda: churning("gte", chance.random()),
            lambda: leaf("frequency", "between", [2, 2 + chance.randrange(20)]),
        ]
    )()


def _behavior(chance: random.Random) -> Json:
    days = chance.choice([30, 90, 180, 365, 730])
    return chance.choice(
        [
            lambda: did("count", "gte", chance.randrange(1, 4), days),
            lambda: did("sum", "gte", f"{chance.randrange(100, 3_000)}.00", days, of="revenue"),
            lambda: did("max", "lte", f"{chance.randrange(100, 900)}.00", None, of="revenue"),
            lambda: {"t": "recency", "source": "order", "cmp": "lte", "value": days},
        ]
    )()


assert AS_OF == 20_000, "the dates above are near the as-of day"
