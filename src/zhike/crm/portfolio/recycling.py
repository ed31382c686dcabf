"""The recycle bin: what was deleted, by whom and when, and removing it for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Contact, Customer
from zhike.crm.customers.ownership_models import customer_scope
from zhike.crm.interactions import attachments
from zhike.crm.interactions.models import Note
from zhike.crm.orders.models import Order
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import allowed, require

CAPABILITY = "users.manage"
#: Nothing is removed for good before it lay in the bin so long.
KEPT = timedelta(days=30)
SHOWN = 200


def customers(user: Any) -> QuerySet[Customer]:
    return Customer.objects.deleted(user).select_related("deleted_by", "owner").order_by("-deleted_at", "-pk")


def contacts(user: Any) -> QuerySet[Contact]:
    rows = Contact.everything.deleted(user).select_related("customer", "deleted_by")
    return rows.order_by("-deleted_at", "-pk")


def notes(user: Any) -> QuerySet[Note]:
    """Deleted notes of living customers: everybody who may change the customer may bring them back."""
    if not allowed(user, "customers.edit"):
        return Note.objects.none()
    rows = Note.objects.filter(customer_scope(user, "customer__", edit=True), deleted_at__isnull=False)
    living = rows.filter(customer__deleted_at__isnull=True)
    return living.select_related("customer", "deleted_by").order_by("-deleted_at", "-pk")


def may_purge(deleted_at: datetime | None) -> bool:
    return deleted_at is not None and deleted_at <= timezone.now() - KEPT


@transaction.atomic
def purge_customer(*, actor: Any, customer: Customer) -> None:
    """Remove a customer for good with everything about the person or company.

    Its orders stay in the books as anonymous sales: the company's figures do not change.
    """
    require(actor, CAPABILITY)
    rows = Customer.objects.deleted(actor).select_for_update(of=("self",))
    current = rows.filter(pk=customer.pk).first()
    if current is None:
        raise DomainError(_("This customer is not in the recycle bin."), code="not_found")
    if not may_purge(current.deleted_at):
        message = _("A customer can be removed for good once it lay 30 days in the recycle bin.")
        raise DomainError(message, code="too_early")
    kept = Order.objects.filter(customer=current).update(customer=None, updated_at=timezone.now())
    for attachment in current.attachments.all():
        attachments.forget(attachment)
    audit.record(actor, "customer.purged", current, after={"orders_kept": kept})
    try:
        current.delete()
    except ProtectedError as error:
        message = _("Other records still need this customer.")
        raise DomainError(message, code="protected") from error
