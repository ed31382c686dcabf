"""Who may change one customer: the rule that every verb on it asks first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.models import Customer
from zhike.crm.customers.ownership_models import NAMED, ShareLevel, shared_with
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import RowScope, allowed, row_scope, scope_filter, visible_team_ids

READ_ONLY = _("This customer is shared with you to see, not to change.")
SHARED = _("This customer is shared with you. Who looks after it decides about its owner and its sharing.")


def may_edit(user: Any, customer: Customer) -> bool:
    """For buttons: the role and the row, as it was read, let the user change the customer."""
    return allowed(user, "customers.edit") and may_change(user, customer)


def may_change(user: Any, customer: Customer) -> bool:
    """For buttons: the row, as it was read, lets the user change the customer."""
    if owns(user, customer):
        return True
    shared = shared_with(user)
    if len(shared) > NAMED:
        return is_editable(user, customer)
    return shared.get(customer.pk) == ShareLevel.EDIT


def owns(user: Any, customer: Customer) -> bool:
    """For buttons: the customer, as it was read, lies in the user's row scope; asks the store nothing."""
    if row_scope(user) in (None, RowScope.ALL):
        return row_scope(user) == RowScope.ALL
    return customer.owner_id == user.pk or customer.team_id in visible_team_ids(user)


def is_editable(user: Any, customer: Customer) -> bool:
    """The row lets the user change the customer; the role is not asked."""
    return Customer.objects.editable_by(user).filter(pk=customer.pk).exists()


def within_scope(user: Any, customer: Customer) -> bool:
    """The customer belongs to the user's rows by itself, not by sharing."""
    return Customer.objects.filter(scope_filter(user), pk=customer.pk, deleted_at__isnull=True).exists()


def require_editable(actor: Any, customer: Customer, *, field: str = "") -> None:
    """Raise unless the actor may change the customer; a stranger learns nothing. The role is not asked."""
    if actor is None or is_editable(actor, customer):
        return
    if Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
        raise NotAllowed(READ_ONLY, code="read_only", field=field)
    raise DomainError(_("This customer does not exist."), code="not_found", field=field)


def require_within_scope(actor: Any, customer: Customer, *, field: str = "") -> None:
    """The same for acts that decide whose the customer is."""
    require_editable(actor, customer, field=field)
    if actor is not None and not within_scope(actor, customer):
        raise NotAllowed(SHARED, code="shared", field=field)
