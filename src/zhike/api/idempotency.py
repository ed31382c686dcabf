"""``Idempotency-Key``: the same creating request twice makes one record and gets the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.platform.errors import DomainError
from zhike.platform.models import IdempotencyKey
from zhike.platform.requests import Request

KEPT = timedelta(days=7)
LONGEST = 255
Answer = tuple[int, dict[str, Any]]


def once(request: Request, create: Callable[[], Answer]) -> JsonResponse:
    """Carry out ``create`` unless this key was answered before; a failed request is not remembered.

    Raises ``DomainError`` when the key came with another request before.
    """
    status, body = _answer(request, create)
    return JsonResponse(body, status=status)


def _answer(request: Request, create: Callable[[], Answer]) -> Answer:
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return create()
    if len(key) > LONGEST or not key.isprintable():
        raise DomainError(_("The key is too long or not printable."), field="Idempotency-Key")
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
    with transaction.atomic():
        claimed, row = _claim(request, key, digest)
        if not claimed:
            return _replay(row, digest)
        row.status, row.body = create()
        row.save(update_fields=["status", "body"])
    return row.status, row.body


def _claim(request: Request, key: str, digest: str) -> tuple[bool, IdempotencyKey]:
    IdempotencyKey.objects.filter(user=request.user, created_at__lt=timezone.now() - KEPT).delete()
    fields = {"path": request.path[:200], "digest": digest, "status": 0, "body": {}}
    try:
        with transaction.atomic():
            return True, IdempotencyKey.objects.create(user=request.user, key=key, **fields)
    except IntegrityError:
        return False, IdempotencyKey.objects.get(user=request.user, key=key)


def _replay(row: IdempotencyKey, digest: str) -> Answer:
    if row.digest != digest:
        raise DomainError(
            _("This key was used for another request."), field="Idempotency-Key", code="key_reused"
        )
    return row.status, row.body
