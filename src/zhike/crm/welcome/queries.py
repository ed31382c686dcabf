"""What a simulated company brought, and what people added to it."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.orders.models import Order
from zhike.platform.models import Job

SOURCE = "simulated"
KINDS = ("demo.load", "demo.remove")


@dataclass(frozen=True)
class Brought:
    """``own_*`` is what people entered at simulated customers: it goes with them."""

    customers: int
    orders: int
    own_orders: int
    own_interactions: int
    staying: int


def brought() -> Brought:
    orders = Order.objects.filter(customer__source=SOURCE)
    talks = Interaction.objects.filter(customer__source=SOURCE)
    return Brought(
        customers=Customer.objects.filter(source=SOURCE).count(),
        orders=orders.count(),
        own_orders=orders.exclude(source=SOURCE).count(),
        own_interactions=talks.exclude(source=SOURCE).count(),
        staying=Customer.objects.exclude(source=SOURCE).filter(deleted_at__isnull=True).count(),
    )


def open_job() -> Job | None:
    """Loading or removing that goes on."""
    return Job.objects.open().filter(kind__in=KINDS).first()
