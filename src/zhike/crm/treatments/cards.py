"""The treatments of one customer, as a card of the customer page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.crm.customers.models import Customer
from zhike.crm.treatments import queries
from zhike.platform.requests import Request


def context(request: Request, customer: Customer) -> Mapping[str, Any] | None:
    members = queries.of_customer(request.user, customer)
    return {"members": members} if members else None
