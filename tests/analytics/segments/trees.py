"""Random definitions over the catalogue of ``people``."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from analytics.segments.people import AS_OF, CATALOGUE, CITIES, LISTS, ORDERS, SALTS, SEGMENTS, TAGS, TIERS
from zhike.analytics.segments.catalogue import Field
from zhike.analytics.segments.comparisons import OF_LISTS, OPERATORS, WITHOUT_VALUE

WORDS = [city for city in CITIES if city] + ["海", "%", "_", "'", "!"]


def tree(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    draw = chance.random()
    if depth >= 4 or draw < 0.45:
        return leaf(chance)
    if draw < 0.6:
        return {"op": "not", "child": tree(chance, depth + 1)}
    children = [tree(chance, depth + 1) for _child in range(chance.choice([0, 1, 2, 2, 3]))]
    return {"op": chance.choice(["and", "or"]), "children": children}


def leaf(chance: random.Random, kind: str = "") -> dict[str, Any]:
    kind = kind or chance.choice(list(LEAVES))
    return {"t": kind, **LEAVES[kind](chance)}


def comparison(chance: random.Random, field: Field) -> dict[str, Any]:
    cmp = chance.choice(OPERATORS[field.type])
    found: dict[str, Any] = {"cmp": cmp}
    if chance.random() < 0.3:
        found["missing"] = chance.choice(["exclude", "include"])
    if cmp in OF_LISTS:
        found["value"] = [value(chance, field) for _one in range(chance.randrange(1, 4))]
    elif cmp == "between":
        pair = (value(chance, field) for _end in range(2))
        found["value"] = sorted(pair, key=field.levels.index if field.type == "level" else _amount)
    elif cmp not in WITHOUT_VALUE:
        found["value"] = value(chance, field)
    return found


def _amount(given: Any) -> Any:
    return (
        float(given)
        if isinstance(given, str) and given[:1] in "-0123456789" and "-" not in given[1:]
        else given
    )


def value(chance: random.Random, field: Field) -> Any:
    if field.choices:
        return chance.choice(field.levels)
    return {
        "text": lambda: chance.choice([*WORDS, "茶", "酒"]),
        "choice": lambda: chance.choice(["paid", "open"]),
        "number": lambda: chance.randrange(0, 50),
        "share": lambda: chance.choice([0, 0.25, 0.5, 1]),
        "money": lambda: f"{chance.randrange(-5_000, 100_000)}.{chance.randrange(0, 4) * 25:02d}",
        "date": lambda: (date(1970, 1, 1) + timedelta(days=AS_OF - chance.randrange(0, 400))).isoformat(),
        "flag": lambda: chance.random() < 0.5,
        "tags": lambda: chance.choice(TAGS),
    }[field.type]()


def window(chance: random.Random) -> dict[str, Any]:
    draw = chance.random()
    if draw < 0.3:
        return {}
    if draw < 0.7:
        return {
            "window": {
                "last": chance.randrange(1, 13),
                "unit": chance.choice(["day", "week", "month", "year"]),
            }
        }
    days = sorted(chance.sample(range(AS_OF - 400, AS_OF + 30), 2))
    start, end = ((date(1970, 1, 1) + timedelta(days=day)).isoformat() for day in days)
    return {"window": chance.choice([{"from": start, "to": end}, {"from": start}, {"to": end}])}


def where(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {}
    fields = chance.choices(list(ORDERS.fields.values()), k=2)
    children = [{"t": "attr", "field": field.name, **comparison(chance, field)} for field in fields]
    inner = {"op": chance.choice(["and", "or"]), "children": children}
    return {"where": inner if chance.random() < 0.7 else {"op": "not", "child": inner}}


def _attribute(chance: random.Random) -> dict[str, Any]:
    field = chance.choice(list(CATALOGUE.fields.values()))
    return {"field": field.name, **comparison(chance, field)}


def _score(chance: random.Random) -> dict[str, Any]:
    age = {"max_age_days": chance.randrange(0, 20)} if chance.random() < 0.5 else {}
    found = comparison(chance, CATALOGUE.fields["churn.probability"])
    return {"model": "churn", "output": "probability", **age, **found}


def _aggregate(chance: random.Random) -> dict[str, Any]:
    fn = chance.choice(["count", "count_distinct", "sum", "avg", "min", "max"])
    field = ORDERS.fields[chance.choice(["net", "items"])]
    counted = Field("count", "number", field.words, "")
    compared = counted if fn in ("count", "count_distinct") else field
    of = {} if fn == "count" else {"of": field.name}
    shared = {"source": "order", "fn": fn, **of, **window(chance), **where(chance)}
    return {**shared, **comparison(chance, compared)}


def _recency(chance: random.Random) -> dict[str, Any]:
    days = Field("days", "number", ORDERS.words, "")
    which = {"which": chance.choice(["first", "last"]), "unit": chance.choice(["day", "week"])}
    return {"source": "order", **which, **where(chance), **comparison(chance, days)}


def _change(chance: random.Random) -> dict[str, Any]:
    sides = {side: chance.sample(TIERS, chance.randrange(0, 3)) for side in ("from", "to")}
    return {"of": {"model": "tier"}, **sides, **window(chance)}


def _anniversary(chance: random.Random) -> dict[str, Any]:
    return {"field": "birthday", "within_days": sorted(chance.choices(range(0, 367), k=2))}


def _bucket(chance: random.Random) -> dict[str, Any]:
    start, end = sorted(chance.sample(range(0, 10_001), 2))
    return {"salt": chance.choice(SALTS), "from": start, "to": end}


LEAVES = {
    "attr": _attribute,
    "score": _score,
    "agg": _aggregate,
    "recency": _recency,
    "change": _change,
    "anniversary": _anniversary,
    "bucket": _bucket,
    "segment": lambda chance: {"id": chance.choice(SEGMENTS)},
    "list": lambda chance: {"id": chance.choice(LISTS)},
}
