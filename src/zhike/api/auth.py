"""Bearer tokens: found by prefix, compared by digest in constant time."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from zhike.crm.accounts.models import ApiToken
from zhike.platform.permissions import allowed

# Writing the time of every request would make each read a write.
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenAuth(HttpBearer):
    """The token's user becomes the request's user, with that person's rights and row scope."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = find_token(token)
        if found is None:
            return None
        request.user = found.user
        _note_use(found)
        return found


def find_token(text: str) -> ApiToken | None:
    """The valid token behind its text, or None."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "zk" or not parts[1].isalnum() or not text.isascii():
        return None
    token = ApiToken.objects.select_related("user__role", "user__team").filter(prefix=parts[1]).first()
    digest = hashlib.sha256(parts[2].encode()).hexdigest()
    if token is None or not hmac.compare_digest(token.digest, digest):
        return None
    usable = token.is_valid and token.user.is_active and allowed(token.user, "api")
    return token if usable else None


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
