"""The audit trail: who did what to which record, from where. Rows are never changed or deleted."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.db.models import Model

from zhike.platform.models import AuditEvent

# Set by the middleware for web and API requests, so that verbs need no request.
current_address: ContextVar[str] = ContextVar("current_address", default="")


def record(
    actor: Any,
    event: str,
    target: Model | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> AuditEvent:
    """Append one event in the caller's transaction.

    ``event`` is a dotted name such as ``customer.updated``. Of ``before`` and ``after`` only the fields
    that differ are kept.
    """
    changed = _differences(before or {}, after or {})
    return AuditEvent.objects.create(
        actor=actor if getattr(actor, "pk", None) else None,
        event=event,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=target.pk if target is not None else None,
        target_text=str(target)[:200] if target is not None else "",
        changes=changed,
        note=note[:500],
        address=current_address.get(),
    )


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: [_plain(before.get(name)), _plain(after.get(name))]
        for name in names
        if before.get(name) != after.get(name)
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(value)
