"""The bell of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from zhike.crm.notifications.queries import Unread, unread


def bell(request: HttpRequest) -> dict[str, Any]:
    """Counted only when a page draws the bell."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}

    def counted() -> Unread:
        return unread(user)

    return {"bell": SimpleLazyObject(counted)}
