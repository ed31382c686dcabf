"""Open alerts of a customer on its page; nothing when there are none."""

from __future__ import annotations

from typing import Any

from zhike.crm.alerts import queries
from zhike.crm.alerts.views import described
from zhike.crm.customers.models import Customer
from zhike.platform.permissions import allowed
from zhike.platform.requests import Request

MOST = 5


def context(request: Request, customer: Customer) -> dict[str, Any] | None:
    alerts = described(queries.open_alerts(request.user, customer=customer.pk)[:MOST])
    return {"alerts": alerts, "can_edit": allowed(request.user, "customers.edit")} if alerts else None
