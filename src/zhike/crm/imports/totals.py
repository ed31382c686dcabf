"""An order's totals from its lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from zhike.crm.orders.models import LineKind

_ZERO = Decimal("0.0000")


def totals(
    lines: Sequence[tuple[Any, ...]], masks: Sequence[int]
) -> tuple[Decimal, Decimal, Decimal | None, int]:
    """Revenue, returned, cost (None unless known for every line that counts) and category mask."""
    revenue = returned = _ZERO
    cost: Decimal | None = _ZERO
    mask = 0
    for (kind, _product, _text, _quantity, _price, amount, line_cost), bit in zip(lines, masks, strict=True):
        if kind == LineKind.PURCHASE:
            revenue += amount
            mask |= bit
            cost = None if cost is None or line_cost is None else cost + line_cost
        elif kind == LineKind.RETURN:
            returned -= amount
            cost = None if cost is None or line_cost is None else cost - line_cost
    return revenue, returned, cost, mask
