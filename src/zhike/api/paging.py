"""Keyset pages of the API."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Schema

from zhike.platform.keyset import Sort, paginate

Row = TypeVar("Row", bound=Model)
OLDEST = Sort("id", "pk")


class PageInfo(Schema):
    """``next`` is the cursor of the next page, null on the last one."""

    next: str | None


def page(rows: QuerySet[Row], cursor: str, limit: int) -> dict[str, Any]:
    """Rows in the order of their ids, from the cursor on."""
    found = paginate(rows, OLDEST, cursor=cursor, size=limit)
    return {"items": found.rows, "next": found.next_cursor}
