"""What every request needs: its address for the audit trail, and one answer to broken rules."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, trigger_client_event

from zhike.platform.audit import current_address
from zhike.platform.errors import DomainError


def client_address(request: HttpRequest) -> str:
    """The caller's address; forwarded headers count only when they come from a configured proxy."""
    peer = request.META.get("REMOTE_ADDR", "")
    if peer in settings.TRUSTED_PROXIES:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return forwarded.split(",")[-1].strip() or peer
    return peer


class RequestContextMiddleware:
    """Remembers the caller's address, forbids caching of personal data, answers broken rules."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = current_address.set(client_address(request)[:64])
        try:
            response = self.get_response(request)
        finally:
            current_address.reset(token)
        # What failed may be the database, which would be asked for the user.
        broken = response.status_code >= 500
        if not broken and request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        if getattr(request, "htmx", False):
            return _as_toast(exception)
        return render(request, "web/rule_broken.html", {"error": exception}, status=exception.status)


def _as_toast(error: DomainError) -> HttpResponse:
    """What asked for a part of a page has no room for a whole one."""
    response = HttpResponse(status=error.status)
    trigger_client_event(response, "toast", {"level": "error", "text": str(error)})
    return reswap(response, "none")
