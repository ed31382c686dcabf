"""Verbs on sharing: let a colleague outside the row scope see or change one customer."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import access
from zhike.crm.customers.models import Customer, CustomerShare
from zhike.crm.customers.ownership_models import ShareLevel, forget_shares
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require


@transaction.atomic
def share_customer(
    *, actor: Any, customer: Customer, user: Any, level: str = ShareLevel.READ
) -> CustomerShare:
    """Share until it is revoked; sharing again changes the level."""
    _may_share(actor, customer)
    if level not in ShareLevel.values:
        raise DomainError(_("Choose one of the values offered."), field="level", code="unknown_choice")
    if not user.is_active:
        raise DomainError(_("This person no longer works here."), field="user", code="inactive")
    if access.within_scope(user, customer):
        raise DomainError(_("This colleague sees the customer already."), field="user", code="not_needed")
    before = _state(customer, user)
    share, _created = CustomerShare.objects.update_or_create(
        customer=customer, user=user, defaults={"level": level, "granted_by": actor}
    )
    forget_shares(user)
    if before != {"user_id": user.pk, "level": level}:
        after = {"user_id": user.pk, "level": level}
        audit.record(actor, "customer.shared", customer, before=before, after=after)
    return share


@transaction.atomic
def revoke_share(*, actor: Any, customer: Customer, user: Any) -> None:
    """End a share; ending it twice changes nothing."""
    _may_share(actor, customer)
    before = _state(customer, user)
    CustomerShare.objects.filter(customer=customer, user=user).delete()
    forget_shares(user)
    if before:
        audit.record(actor, "customer.share_revoked", customer, before=before)


def _may_share(actor: Any, customer: Customer) -> None:
    if actor is not None:
        require(actor, "customers.edit")
    access.require_within_scope(actor, customer)


def _state(customer: Customer, user: Any) -> dict[str, Any]:
    share = CustomerShare.objects.filter(customer=customer, user=user).first()
    return {"user_id": user.pk, "level": share.level} if share else {}
