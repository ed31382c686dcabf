"""An order's totals from its lines: the one rule that forms, API, import and demo share."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple, Protocol

from zhike.crm.orders.models import LineKind
from zhike.platform.money import FOUR_PLACES

#: The last bit stands for every category beyond the first 62.
LAST_CATEGORY_BIT = 62
_ZERO = Decimal("0.0000")


class Counted(Protocol):
    """What the totals need to know of a line."""

    @property
    def kind(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def cost(self) -> Decimal | None: ...
    @property
    def category_ordinal(self) -> int | None: ...


class Totals(NamedTuple):
    revenue: Decimal
    returned: Decimal
    cost: Decimal | None
    category_mask: int


def kind_of(quantity: Decimal, unit_price: Decimal) -> str:
    """A negative quantity comes back; without a price nothing is bought."""
    if quantity < 0:
        return LineKind.RETURN
    return LineKind.PURCHASE if unit_price > 0 else LineKind.FREE


def four_places(amount: Decimal) -> Decimal:
    return amount.quantize(FOUR_PLACES, ROUND_HALF_EVEN)


def compute(lines: Iterable[Counted]) -> Totals:
    """Revenue, returned, cost and category mask.

    Cost is that of what was bought less what came back, and None unless it is known for every line that
    counts. Lines without price and cancelled lines count for nothing.
    """
    revenue, returned, mask = _ZERO, _ZERO, 0
    cost: Decimal | None = _ZERO
    for line in lines:
        if line.kind == LineKind.PURCHASE:
            revenue += line.amount
            mask |= category_bit(line.category_ordinal)
            cost = None if cost is None or line.cost is None else cost + line.cost
        elif line.kind == LineKind.RETURN:
            returned -= line.amount
            cost = None if cost is None or line.cost is None else cost - line.cost
    return Totals(revenue, returned, cost, mask)


def category_bit(ordinal: int | None) -> int:
    """The bit of a top-level category in the mask; 0 when the category is unknown."""
    return 0 if ordinal is None else 1 << min(ordinal, LAST_CATEGORY_BIT)
