"""Types of the API's input: bounded, stripped, and free of what a database cannot store."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from ninja import Path
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

LARGEST_ID = 2**63 - 1


def storable(text: str) -> str:
    """Refuse NUL, which PostgreSQL cannot store, and halves of characters, which nobody can."""
    if "\x00" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise PydanticCustomError("not_text", "not text")
    return text


Short = Annotated[str, StringConstraints(max_length=120, strip_whitespace=True), AfterValidator(storable)]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(storable)
]
Long = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True), AfterValidator(storable)]
Money = Annotated[Decimal, Field(max_digits=18, decimal_places=4, ge=Decimal("-1e13"), le=Decimal("1e13"))]
Quantity = Annotated[Decimal, Field(max_digits=18, decimal_places=4, ge=Decimal("-1e9"), le=Decimal("1e9"))]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
PathId = Path[Annotated[int, Field(ge=1, le=LARGEST_ID)]]
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, StringConstraints(max_length=1000), AfterValidator(storable)]
Custom = dict[Short, str | bool | float | None]
