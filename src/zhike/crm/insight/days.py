"""Days: business dates of the company as day numbers since 1970-01-01, and the day of an analysis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import overload
from zoneinfo import ZoneInfo

from django.utils import timezone

from zhike.crm.orders.models import Order, OrderStatus
from zhike.platform.models import Installation

EPOCH = date(1970, 1, 1)
# A company whose newest order is older than this has brought historic data.
HISTORIC = timedelta(days=92)


def number(day: date) -> int:
    return (day - EPOCH).days


@overload
def day_of(number: int) -> date: ...
@overload
def day_of(number: None) -> None: ...
@overload
def day_of(number: int | None) -> date | None: ...
def day_of(number: int | None) -> date | None:
    return None if number is None else EPOCH + timedelta(days=int(number))


def company_today() -> date:
    """Today in the company's own time zone."""
    return timezone.now().astimezone(ZoneInfo(Installation.current().time_zone)).date()


def analysis_day() -> date:
    """The day as of which customers are understood: today.

    Historic data (no order in the last 92 days) is understood as of the day after its last order, or
    everybody would be lost.
    """
    today = company_today()
    orders = Order.objects.filter(status=OrderStatus.CONFIRMED, business_date__lte=today)
    last = orders.order_by("-business_date", "-id").values_list("business_date", flat=True).first()
    if last is None or today - last <= HISTORIC:
        return today
    return last + timedelta(days=1)


def month_ends(before: date, months: int) -> list[date]:
    """The last days of up to ``months`` months that ended before the given day, oldest first."""
    found: list[date] = []
    end = before.replace(day=1) - timedelta(days=1)
    for _month in range(months):
        found.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return found[::-1]
