"""What every answer of the product has, whoever gave it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

from zhike.web import problems


class ToastMiddleware:
    """Messages that an htmx request left behind travel with its answer and show as toasts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        redirects = 300 <= response.status_code < 400 or response.has_header("HX-Redirect")
        if getattr(request, "htmx", False) and not redirects:
            toasts = [{"level": message.level_tag, "text": str(message)} for message in get_messages(request)]
            if toasts:
                trigger_client_event(response, "toast", {"value": toasts})
        return response


class NoBlankPageMiddleware:
    """An address that only takes forms answers in words when somebody opens it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405:
            return response
        told = problems.error_405(request)
        told["Allow"] = response.get("Allow", "")
        return told
