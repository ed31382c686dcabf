"""The card of the customer page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from zhike.crm.customers.models import Customer
from zhike.crm.tasks import queries
from zhike.platform import company_day
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request


def open_tasks(request: Request, customer: Customer) -> Mapping[str, Any] | None:
    """Open tasks about the customer, to tap when done, and one line to add another."""
    return {
        "tasks": queries.of_customer(request.user, customer),
        "today": company_day.today(),
        "can_add": allowed(request.user, "customers.edit"),
        "here": reverse("customers:detail", args=[customer.pk]),
    }
