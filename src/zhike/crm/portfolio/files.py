"""The card of files on the customer page."""

from __future__ import annotations

from typing import Any

from zhike.crm.customers.access import may_edit
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Attachment
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

SHOWN = 50


def card(request: Request, customer: Customer) -> dict[str, Any] | None:
    """The newest files; nothing for readers when there are none."""
    rows = Attachment.objects.visible_to(request.user).filter(customer=customer).select_related("author")
    files, can_add = list(rows[:SHOWN]), may_edit(request.user, customer)
    if not files and not can_add:
        return None
    every = allowed(request.user, "users.manage")
    pairs = [(file, can_add and (every or file.author_id == request.user.pk)) for file in files]
    return {"files": pairs, "can_add": can_add}
