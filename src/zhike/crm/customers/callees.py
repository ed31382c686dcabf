"""Whom to call: the main contact person of a customer, else the customer itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zhike.crm.customers.models import Contact, Customer
from zhike.crm.customers.words import Reach


@dataclass(frozen=True)
class Callee:
    """``phone`` is as the reader may see it; only a whole number can be dialed."""

    name: str
    phone: str

    @property
    def dialed(self) -> bool:
        return "*" not in self.phone


def callees(user: Any, customers: Iterable[Customer]) -> dict[int, Callee]:
    """By customer, in one statement; customers without any number are left out."""
    reach, rows = Reach(user), list(customers)
    found = {one.pk: Callee("", reach.phone(one.phone)) for one in rows if one.phone}
    contacts = Contact.objects.filter(customer__in=rows).exclude(phone="")
    # The main contact comes last and stays.
    for one in contacts.order_by("is_primary", "-pk").only("customer_id", "name", "phone"):
        found[one.customer_id] = Callee(one.name, reach.phone(one.phone))
    return found
