"""The card of a customer's purchases: net revenue month by month, against the same months a year before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.crm.customers.models import Customer
from zhike.crm.orders.models import Order, OrderStatus
from zhike.platform import charts
from zhike.platform.charts import Chart, Series
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request
from zhike.platform.templatetags import zhike_format as say

YEAR = 12


def card(request: Request, customer: Customer) -> dict[str, Any] | None:
    """Two years of purchases; None for who bought nothing in them, or for who may see no orders."""
    if not allowed(request.user, "orders.view"):
        return None
    months = _months(timezone.localdate(), 2 * YEAR)
    found = _monthly(request.user, customer, months[0])
    if not found:
        return None
    values = [found.get(month, Decimal(0)) for month in months]
    before, lately = values[:YEAR], values[YEAR:]
    return {
        "chart": _chart(months[YEAR:], lately, before),
        "summary": _summary(sum(lately, Decimal(0)), sum(before, Decimal(0))),
        "orders_url": f"{reverse('orders:list')}?customer={customer.pk}",
    }


def _months(today: date, count: int) -> list[date]:
    """The first days of so many months, this one the last."""
    last = today.year * YEAR + today.month - 1
    return [date(number // YEAR, number % YEAR + 1, 1) for number in range(last - count + 1, last + 1)]


def _monthly(user: Any, customer: Customer, since: date) -> dict[date, Decimal]:
    """Purchases less returns by month; a cancelled order counts for nothing."""
    rows = Order.objects.visible_to(user).filter(customer=customer, business_date__gte=since)
    rows = rows.filter(status=OrderStatus.CONFIRMED)
    sums = rows.annotate(month=TruncMonth("business_date")).order_by().values_list("month")
    return dict(sums.annotate(net=Sum(F("revenue") - F("returned"))))


def _chart(months: list[date], lately: list[Decimal], before: list[Decimal]) -> Chart:
    return charts.bars(
        title=_("Purchases by month"),
        labels=[f"{month:%Y-%m}" for month in months],
        series=[
            Series(_("Net revenue"), lately),
            Series(_("Same month a year before"), before, color=charts.UNTIERED),
        ],
        unit="money",
    )


def _summary(lately: Decimal, before: Decimal) -> str:
    words = _("%(amount)s in 12 months") % {"amount": say.money(lately, 0)}
    if before <= 0:
        return words
    change = say.trend((lately - before) / before)
    return words + _(", %(change)s against the year before") % {"change": change}
