"""The figures of an analysis, as written to summary.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Summary:
    """Money is Decimal in the base currency, exact to the last digit; shares are fractions.

    `customers` counts those with at least one purchase. `returns` includes what came back from customers who
    have returns only; `returns_only` lists these apart.
    """

    as_of: date
    first_order: date
    last_order: date
    rows: int
    rows_used: int
    orders: int
    customers: int
    revenue: Decimal
    returns: Decimal
    net_revenue: Decimal
    pareto: dict[str, dict[str, Any]]
    rfm: dict[str, dict[str, Any]]
    abc: dict[str, dict[str, Any]]
    lifecycle: dict[str, int]
    tiers: dict[str, dict[str, Any]]
    returns_only: dict[str, Any]
    anonymous: dict[str, Any]
    months: dict[str, Decimal]
    guards: list[dict[str, Any]]
    quality: dict[str, Any]
    columns: dict[str, str]
    source: dict[str, Any]
    models: dict[str, Any]
    labels: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def to_json(self) -> str:
        return exact_json(self.to_dict()) + "\n"


def exact_json(value: Any, indent: str = "") -> str:
    """JSON in which a Decimal is a number with all its digits, which `json` cannot write."""
    deeper = indent + "  "
    if isinstance(value, Mapping):
        parts = [f"{deeper}{_text(str(key))}: {exact_json(part, deeper)}" for key, part in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}" if parts else "{}"
    if isinstance(value, list | tuple):
        if all(part is None or isinstance(part, int | float | str | Decimal) for part in value):
            return "[" + ", ".join(exact_json(part) for part in value) + "]"
        return "[\n" + ",\n".join(deeper + exact_json(part, deeper) for part in value) + f"\n{indent}]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return _text(value.isoformat() if isinstance(value, date) else value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
