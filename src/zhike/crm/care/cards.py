"""Care on the customer page: what is coming, what is remembered, what is not to be done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from zhike.crm.care import queries
from zhike.crm.care.models import OwnDate
from zhike.crm.customers.models import Customer
from zhike.platform import company_day
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request
from zhike.platform.templatetags.zhike_format import day

AHEAD_DAYS, MOST = 60, 8


def later(_request: Request, _customer: Customer) -> dict[str, Any]:
    """The page comes first, the card follows: looking for occasions asks one question per rule."""
    return {}


def context(request: Request, customer: Customer) -> dict[str, Any]:
    today = company_day.today()
    choice = queries.Choice(customer=customer.pk)
    found = queries.agenda(request.user, today, today + timedelta(days=AHEAD_DAYS), choice, limit=MOST)
    return {
        "occasions": found.items,
        "own_dates": OwnDate.objects.visible_to(request.user).filter(customer=customer),
        "contacts": customer.contacts.all(),
        "notes": notes(customer),
        "can_edit": allowed(request.user, "customers.edit"),
    }


def notes(customer: Customer) -> list[str]:
    """Why nothing is sent to this customer, in words."""
    found = []
    if customer.deceased_on:
        found.append(_("Deceased"))
    if customer.no_care_since:
        found.append(_("Wants no greetings since %(day)s") % {"day": day(customer.no_care_since)})
    if customer.bereaved_until and customer.bereaved_until >= company_day.today():
        found.append(_("In mourning until %(day)s") % {"day": day(customer.bereaved_until)})
    return found
