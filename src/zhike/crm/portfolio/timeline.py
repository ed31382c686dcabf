"""Everything that ever happened with a customer, newest first, read from each source by the page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from zhike.crm.customers.models import Customer
from zhike.crm.insight import queries as insight
from zhike.crm.interactions.models import Interaction, Note
from zhike.crm.orders.models import Order
from zhike.platform.permissions import allowed

SIZE = 20
#: Within a day: what was decided stands above what happened.
TIER, STAGE, INTERACTION, ORDER, NOTE = range(5)


@dataclass(frozen=True)
class Event:
    """``record`` is an order, an interaction or a span of a tier or stage; ``before`` the span before."""

    kind: str
    day: date
    rank: int
    at: str
    pk: int
    record: Any
    before: Any = None

    @property
    def key(self) -> tuple[date, int, str, int]:
        """Later events have greater keys."""
        return self.day, -self.rank, self.at, self.pk


@dataclass(frozen=True)
class Stretch:
    events: list[Event]
    next_cursor: str


def stretch(user: Any, customer: Customer, cursor: str = "", size: int = SIZE) -> Stretch:
    """The next events before the cursor; a malformed cursor gives the newest."""
    before = _decode(cursor)
    orders = _orders(user, customer, before, size)
    tiers = insight.tier_history(customer) if allowed(user, "insight.view") else []
    stages = insight.stage_history(customer) if allowed(user, "insight.view") else []
    found = [*_spans("tier", TIER, tiers), *_spans("stage", STAGE, stages), *orders]
    found += _interactions(user, customer, before, size)
    found += _notes(user, customer, before, size)
    earlier = [event for event in found if before is None or event.key < before]
    events = sorted(earlier, key=lambda event: event.key, reverse=True)[: size + 1]
    more = len(events) > size
    events = events[:size]
    return Stretch(events, _encode(events[-1]) if more else "")


def recent_orders(user: Any, customer: Customer, limit: int) -> list[Order]:
    """The newest orders of the customer."""
    return list(_order_rows(user, customer)[:limit])


def _interactions(user: Any, customer: Customer, before: Any, size: int) -> Iterator[Event]:
    rows = Interaction.objects.visible_to(user).filter(customer=customer).select_related("author", "contact")
    if before is not None:
        rows = rows.filter(_at_or_before("at", before[0]))
    rows = rows.prefetch_related("attachments").order_by("-at", "-id")
    yield from _until(
        (_event("interaction", INTERACTION, row.at, row) for row in _lazily(rows)), before, size
    )


def _notes(user: Any, customer: Customer, before: Any, size: int) -> Iterator[Event]:
    rows = Note.objects.visible_to(user).filter(customer=customer).select_related("author")
    if before is not None:
        rows = rows.filter(_at_or_before("created_at", before[0]))
    rows = rows.order_by("-created_at", "-id")
    yield from _until((_event("note", NOTE, row.created_at, row) for row in _lazily(rows)), before, size)


def _lazily(rows: Any) -> Iterator[Any]:
    return rows.iterator(chunk_size=200)


def _until(events: Iterator[Event], before: Any, size: int) -> Iterator[Event]:
    """Enough events for a page: those of the cursor's own day may have been shown already."""
    wanted = size + 1
    for event in events:
        if before is None or event.key < before:
            yield event
            wanted -= 1
            if not wanted:
                return


def _event(kind: str, rank: int, at: datetime, row: Any) -> Event:
    local = timezone.localtime(at)
    return Event(kind, local.date(), rank, local.strftime("%H:%M:%S.%f"), row.pk, row)


def _at_or_before(column: str, day: date) -> Q:
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return Q(**{f"{column}__lt": end})


def _orders(user: Any, customer: Customer, before: Any, size: int) -> list[Event]:
    rows = _order_rows(user, customer)
    if before is not None:
        day, rank, _at, pk = before
        same = Q(business_date=day, pk__lt=pk) if rank == -ORDER else Q(business_date=day)
        rows = rows.filter(Q(business_date__lt=day) | same, business_date__lte=day)
    return [Event("order", row.business_date, ORDER, "", row.pk, row) for row in rows[: size + 1]]


def _order_rows(user: Any, customer: Customer) -> QuerySet[Order]:
    return Order.objects.visible_to(user).filter(customer=customer).order_by("-business_date", "-id")


def _spans(kind: str, rank: int, spans: list[Any]) -> Iterator[Event]:
    """Changes of tier or stage, newest first: few, so they are read whole."""
    for place, span in enumerate(spans):
        earlier = spans[place + 1] if place + 1 < len(spans) else None
        yield Event(kind, span.valid_from, rank, "", 0, span, earlier)


def _encode(event: Event) -> str:
    packed = json.dumps([event.day.isoformat(), -event.rank, event.at, event.pk])
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[date, int, str, int] | None:
    if not cursor or len(cursor) > 200:
        return None
    try:
        day, rank, at, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found = date.fromisoformat(day)
    except (ValueError, TypeError, binascii.Error):
        return None
    fits = isinstance(rank, int) and isinstance(at, str) and isinstance(pk, int) and 0 <= pk < 2**63
    return (found, rank, at, pk) if fits and date(1900, 1, 1) < found < date(9000, 1, 1) else None
