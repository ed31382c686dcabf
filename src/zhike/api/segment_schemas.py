"""What the API takes and gives of segments."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from zhike.api.fields import storable
from zhike.api.paging import PageInfo
from zhike.api.schemas import Strict
from zhike.crm.segments.choices import Reason, SegmentState

#: Parts of a definition, counted and nested, beyond which nobody means it.
MOST_PARTS, DEEPEST = 20_000, 60
LARGEST_NUMBER = 2**63


def _plain(definition: dict[str, Any]) -> dict[str, Any]:
    """Refuse what no store keeps; what the conditions mean is read afterwards."""
    waiting: list[tuple[Any, int]] = [(definition, 0)]
    for _part in range(MOST_PARTS):
        if not waiting:
            return definition
        part, depth = waiting.pop()
        if depth > DEEPEST:
            break
        waiting += [(one, depth + 1) for one in _inside(part)]
    raise PydanticCustomError("too_long", "too large")


def _inside(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [*part, *part.values()]
    if isinstance(part, list):
        return part
    if isinstance(part, str):
        storable(part)
    elif isinstance(part, int | float) and not (math.isfinite(part) and abs(part) < LARGEST_NUMBER):
        raise PydanticCustomError("not_a_number", "not a number")
    return []


Conditions = Annotated[dict[str, Any], AfterValidator(_plain)]
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True), AfterValidator(storable)
]
Note = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True), AfterValidator(storable)]
StateFilter = Literal["draft", "published", "archived", "all"]


class SegmentIn(Strict):
    """A new draft. ``definition`` is a tree of conditions, version 1; see the guide to segments.

    A tier is named by its code, as ``/tiers`` lists them (``none``: whoever has none), never by its rank.
    """

    name: Title
    definition: Conditions
    description: Note = ""
    shared: bool = True


class SegmentPatch(Strict):
    """What is given is changed; a published segment goes on as it is until it is published again."""

    name: Title | None = None
    definition: Conditions | None = None
    description: Note | None = None
    shared: bool | None = None


class SegmentOut(Schema):
    """``members`` counts those that you see; ``version`` is the one in force, null for a draft."""

    id: int
    name: str
    description: str
    definition: dict[str, Any]
    state: SegmentState
    shared: bool
    owner_id: int | None
    version: int | None
    members: int
    as_of: date | None
    evaluated_at: datetime | None
    problem: dict[str, Any]
    updated_at: datetime

    @staticmethod
    def resolve_version(row: Any) -> int | None:
        return row.version.number if row.version else None


class SegmentPage(PageInfo):
    items: list[SegmentOut]


class PreviewIn(Strict):
    """``exact`` counts everybody, however long it takes."""

    definition: Conditions
    exact: bool = False


class SearchIn(Strict):
    """Conditions as of a segment; ``cursor`` is the ``next`` of the page before."""

    definition: Conditions
    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,18}$")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PreviewOut(Schema):
    """``count`` of the ``everybody`` customers that you see; an estimate (95 %) where ``sampled``.

    ``as_of`` is the day of the last analysis, null before the first one. ``said`` is in the language of
    ``Accept-Language``.
    """

    count: int
    everybody: int
    sampled: bool
    low: int
    high: int
    customer_ids: list[int]
    as_of: date | None
    said: str


class MemberOut(Schema):
    id: int
    code: str | None
    name: str


class MemberPage(PageInfo):
    items: list[MemberOut]


class MembershipOut(Schema):
    """A segment that a customer is in, or was in from ``entered_at`` to ``left_at``."""

    segment_id: int
    name: str
    reason: Reason
    entered_at: datetime
    left_at: datetime | None

    @staticmethod
    def resolve_name(row: Any) -> str:
        return str(row.segment.name)


class Memberships(Schema):
    items: list[MembershipOut]


Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 1, 1))]
