"""Random definitions over what an installation offers, with values that occur there."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from zhike.analytics.segments import Catalogue, Field
from zhike.analytics.segments.comparisons import (
    EPOCH,
    MONEY_UNITS,
    OF_LISTS,
    OPERATORS,
    TAG_MARK,
    WITHOUT_VALUE,
)


class Trees:
    """``columns`` are the values of each column of ``people``, from which conditions are drawn."""

    def __init__(self, chance: random.Random, catalogue: Catalogue, columns: dict[str, list[Any]], day: int):
        self.chance, self.catalogue, self.columns, self.day = chance, catalogue, columns, day
        self.segments: list[str] = []
        self.lists: list[int] = []
        self.products: list[str] = []

    def tree(self, depth: int = 0) -> dict[str, Any]:
        draw = self.chance.random()
        if depth >= 3 or draw < 0.4:
            return self.leaf()
        if draw < 0.55:
            return {"op": "not", "child": self.tree(depth + 1)}
        children = [self.tree(depth + 1) for _child in range(self.chance.choice([1, 2, 2, 3]))]
        return {"op": self.chance.choice(["and", "or"]), "children": children}

    def leaf(self, kind: str = "") -> dict[str, Any]:
        kinds = ["attr", "attr", "attr", "agg", "recency", "change", "anniversary", "bucket"]
        kinds += ["segment"] * bool(self.segments) + ["list"] * bool(self.lists)
        return getattr(self, kind or self.chance.choice(kinds))()

    def attr(self) -> dict[str, Any]:
        field = self.chance.choice(list(self.catalogue.fields.values()))
        return {"t": "attr", "field": field.name, **self.compared(field, self.columns[field.column])}

    def agg(self) -> dict[str, Any]:
        source = self.chance.choice(list(self.catalogue.sources.values()))
        numbers = [field for field in source.fields.values() if field.type == "money"]
        fn = self.chance.choice(["count", "count", "sum", "avg", "min", "max"]) if numbers else "count"
        keys = [field.name for field in source.fields.values() if field.only_counted]
        if keys and self.chance.random() < 0.5:
            fn = "count_distinct"
        shared = {"t": "agg", "source": source.name, "fn": fn, **self.window(), **self.where(source.name)}
        if fn == "count":
            return {**shared, "cmp": "gte", "value": self.chance.randrange(0, 6)}
        if fn == "count_distinct":
            return {**shared, "of": keys[0], "cmp": "lt", "value": self.chance.randrange(0, 6)}
        amount = f"{self.chance.randrange(0, 20_000)}.00"
        return {
            **shared,
            "of": self.chance.choice(numbers).name,
            "cmp": self.chance.choice(["gte", "lt"]),
            "value": amount,
        }

    def where(self, source: str) -> dict[str, Any]:
        if source == "contact" and self.chance.random() < 0.5:
            return {"where": {"t": "attr", "field": "kind", "cmp": "in", "value": ["call", "visit"]}}
        if source == "items" and self.products and self.chance.random() < 0.7:
            leaf = {
                "t": "attr",
                "field": "product",
                "cmp": "in",
                "value": self.chance.sample(self.products, 2),
            }
            return {"where": leaf}
        if source == "order" and self.chance.random() < 0.4:
            leaf = {"t": "attr", "field": "net", "cmp": "gte", "value": f"{self.chance.randrange(0, 5_000)}"}
            return {"where": {"op": "not", "child": leaf}}
        return {}

    def window(self) -> dict[str, Any]:
        draw = self.chance.random()
        if draw < 0.3:
            return {}
        if draw < 0.8:
            unit = self.chance.choice(["day", "week", "month", "year"])
            return {"window": {"last": self.chance.randrange(1, 90 if unit == "day" else 13), "unit": unit}}
        return {"window": {"from": self.date(self.day - self.chance.randrange(1, 700))}}

    def recency(self) -> dict[str, Any]:
        source = self.chance.choice(list(self.catalogue.sources))
        which, cmp = self.chance.choice(["first", "last"]), self.chance.choice(["gte", "lt", "unknown"])
        value = {} if cmp == "unknown" else {"value": self.chance.randrange(0, 400)}
        return {"t": "recency", "source": source, "which": which, "cmp": cmp, **value}

    def change(self) -> dict[str, Any]:
        of = self.chance.choice(list(self.catalogue.changing.values()))
        codes = [code for code, _words in of.choices]
        to = self.chance.sample(codes, self.chance.randrange(0, 3))
        return {"t": "change", "of": of.name, "to": to, **self.window()}

    def anniversary(self) -> dict[str, Any]:
        within = sorted(self.chance.choices(range(0, 200), k=2))
        return {
            "t": "anniversary",
            "field": self.chance.choice(list(self.catalogue.occasions)),
            "within_days": within,
        }

    def bucket(self) -> dict[str, Any]:
        start, end = sorted(self.chance.sample(range(0, 10_001), 2))
        return {"t": "bucket", "salt": self.chance.choice(["试验 1", "exp'2"]), "from": start, "to": end}

    def segment(self) -> dict[str, Any]:
        return {"t": "segment", "id": self.chance.choice(self.segments)}

    def list(self) -> dict[str, Any]:
        return {"t": "list", "id": self.chance.choice(self.lists)}

    def compared(self, field: Field, values: list[Any]) -> dict[str, Any]:
        cmp = self.chance.choice(OPERATORS[field.type])
        found: dict[str, Any] = {"cmp": cmp}
        if self.chance.random() < 0.2:
            found["missing"] = "exclude"
        known = [one for one in values if one not in (None, "")]
        if cmp in WITHOUT_VALUE:
            return found
        if cmp in OF_LISTS:
            return {**found, "value": [self.value(field, known) for _one in range(2)]}
        if cmp == "between":
            low, high = sorted(self.chance.choice(known) for _end in range(2))
            return {**found, "value": [self.written(field, low), self.written(field, high)]}
        return {**found, "value": self.value(field, known)}

    def value(self, field: Field, known: list[Any]) -> Any:
        return self.written(field, self.chance.choice(known))

    def written(self, field: Field, value: Any) -> Any:
        if field.type == "money":
            return f"{round(value) / MONEY_UNITS:.4f}"
        if field.type == "date":
            return self.date(value)
        if field.type == "level":
            return field.levels[value]
        if field.type == "tags":
            return str(value).strip(TAG_MARK).split(TAG_MARK)[0]
        return value

    def date(self, day: int) -> str:
        found: date = EPOCH + timedelta(days=day)
        return found.isoformat()
