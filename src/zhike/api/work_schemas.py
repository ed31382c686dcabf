"""What the API takes and gives of the daily work: tasks, follow-up records, alerts."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from zhike.api.fields import Id, Long, Short, storable
from zhike.api.paging import PageInfo
from zhike.api.schemas import Strict
from zhike.crm.alerts import words
from zhike.crm.alerts.choices import Situation
from zhike.crm.interactions.models import InteractionKind

FIRST_YEAR, LAST_YEAR = 1990, 2100


def _wall_clock(at: time) -> time:
    """A time of day of the company's own clock."""
    if at.tzinfo is not None:
        raise PydanticCustomError("time_zone", "no time zone")
    return at


def _within_range(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise PydanticCustomError("out_of_range", "out of range")
    return at


Text = Annotated[str, StringConstraints(max_length=5000), AfterValidator(storable)]
TaskState = Literal["open", "done", "dropped", "all"]
AlertState = Literal["open", "acknowledged", "settled", "all"]


class TaskIn(Strict):
    """A new task; without ``assignee_id`` for oneself. ``repeat`` is a rule of RFC 5545."""

    title: Annotated[
        str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(storable)
    ]
    note: Text = ""
    customer_id: Id | None = None
    assignee_id: Id | None = None
    due_on: date | None = None
    due_time: Annotated[time, AfterValidator(_wall_clock)] | None = None
    repeat: Annotated[Short, Field(max_length=120)] = ""


class TaskOut(Schema):
    """``next_id`` is the next occurrence of a repeating task that was done."""

    id: int
    title: str
    note: str
    customer_id: int | None
    assignee_id: int | None
    creator_id: int | None
    due_on: date | None
    due_time: time | None
    repeat: str
    done_at: datetime | None
    cancelled_at: datetime | None
    version: int
    next_id: int | None = None

    @staticmethod
    def resolve_next_id(row: Any) -> int | None:
        return getattr(row, "next_id", None)

    @staticmethod
    def resolve_customer_id(row: Any) -> int | None:
        """A task of one's own may be about a customer whom one no longer sees."""
        return row.shown_customer.pk if row.shown_customer else None


class TaskPage(PageInfo):
    items: list[TaskOut]


class InteractionIn(Strict):
    """A contact with a customer: an outcome, or what was said, or both."""

    customer_id: Id
    kind: InteractionKind
    contact_id: Id | None = None
    at: Annotated[datetime, AfterValidator(_within_range)] | None = None
    outcome: Annotated[Long, Field(max_length=200)] = ""
    summary: Text = ""
    next_step: Annotated[Long, Field(max_length=300)] = ""
    next_step_on: date | None = None


class InteractionOut(Schema):
    id: int
    customer_id: int
    contact_id: int | None
    kind: str
    at: datetime
    outcome: str
    summary: str
    next_step: str
    next_step_on: date | None
    settled_at: datetime | None
    author_id: int | None


class InteractionPage(PageInfo):
    items: list[InteractionOut]


class AlertOut(Schema):
    """One situation of one customer; ``text`` is in the language of ``Accept-Language``."""

    id: int
    customer_id: int
    kind: Situation
    on: date
    text: str
    state: str
    acknowledged_by_id: int | None
    acknowledged_at: datetime | None
    created_at: datetime

    @staticmethod
    def resolve_text(row: Any) -> str:
        return words.sentence(row.params)


class AlertPage(PageInfo):
    items: list[AlertOut]
