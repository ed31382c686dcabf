"""Sign-ins reach the audit trail through Django's own signals; everything else calls ``audit.record``."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from zhike.platform import audit


@receiver(user_logged_in)
def on_sign_in(user: Any, **_kwargs: Any) -> None:
    audit.record(user, "user.signed_in", user)


@receiver(user_logged_out)
def on_sign_out(user: Any, **_kwargs: Any) -> None:
    if user is not None:
        audit.record(user, "user.signed_out", user)


@receiver(user_login_failed)
def on_failure(credentials: dict[str, Any], **_kwargs: Any) -> None:
    audit.record(None, "user.sign_in_failed", note=str(credentials.get("username", ""))[:80])
