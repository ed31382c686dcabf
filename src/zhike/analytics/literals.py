"""Numbers of a calibration as SQL text, exact in every dialect."""

from __future__ import annotations

from typing import SupportsFloat

Number = int | float


def number(value: Number) -> str:
    """An integer as it is; anything else with an exponent, which every engine reads as a double.

    Without the exponent 0.1 would be a DECIMAL in some engines and change the arithmetic.
    """
    if float(value).is_integer() and abs(value) < 2**53:
        return str(int(value))
    return f"{float(value):.17e}"


def plain(value: SupportsFloat) -> Number:
    """A NumPy scalar as a Python number, whole numbers as int (JSON keeps them exact)."""
    found = float(value)
    return int(found) if found.is_integer() else found
