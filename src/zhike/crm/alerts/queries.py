"""Alerts as pages ask for them."""

from __future__ import annotations

from typing import Any

from zhike.crm.alerts.models import Alert


def open_alerts(user: Any, *, kind: str = "", customer: int | None = None) -> Any:
    """Open alerts within the user's scope, newest first."""
    rows = Alert.objects.visible_to(user).open()
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(customer_id=customer) if customer else rows
    return rows.select_related("customer__score", "customer__owner").order_by("-pk")
