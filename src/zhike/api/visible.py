"""Records that a body or an address names by number, within the row scope of who asks."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from zhike.crm.customers.models import Customer
from zhike.platform.requests import Request


def visible_customer(request: Request, customer_id: int) -> Customer:
    """The customer of this number; numbers that no store holds are unknown ones."""
    rows = Customer.objects.visible_to(request.user)
    return get_object_or_404(rows, pk=min(max(customer_id, 0), 2**63 - 1))
