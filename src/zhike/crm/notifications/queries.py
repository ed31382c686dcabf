"""Reading notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.crm.notifications.models import Notification

COUNTED = 99


@dataclass(frozen=True)
class Unread:
    """How many are unread (at most one more than are counted) and the newest of them."""

    count: int
    newest: int

    @property
    def text(self) -> str:
        return f"{COUNTED}+" if self.count > COUNTED else str(self.count)


def unread(user: Any) -> Unread:
    """One look at an index, at most a hundred entries long."""
    rows = Notification.objects.visible_to(user).unread().order_by("-pk")
    ids = list(rows.values_list("pk", flat=True)[: COUNTED + 1])
    return Unread(len(ids), ids[0] if ids else 0)


def urgent_since(user: Any, seen: int) -> list[Notification]:
    rows = Notification.objects.visible_to(user).unread().filter(urgent=True, pk__gt=seen)
    return list(rows.order_by("pk")[:3])


def newest(user: Any, limit: int = 8) -> list[Notification]:
    """Unread ones first come by time like all others: the newest of all."""
    return list(Notification.objects.visible_to(user)[:limit])
