"""Money between its two exact forms: decimals in the operational store, integer units in the lake."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import overload

UNITS = 10_000
FOUR_PLACES = Decimal("0.0001")


def to_units(amount: Decimal | int | str | None) -> int | None:
    """Integer 1/10,000 of the currency; unknown stays unknown."""
    if amount is None:
        return None
    return int((Decimal(amount) * UNITS).to_integral_value(ROUND_HALF_EVEN))


@overload
def from_units(units: int) -> Decimal: ...
@overload
def from_units(units: None) -> None: ...
@overload
def from_units(units: int | None) -> Decimal | None: ...
def from_units(units: int | None) -> Decimal | None:
    """The decimal amount of integer 1/10,000 units; unknown stays unknown."""
    return None if units is None else Decimal(units).scaleb(-4)
