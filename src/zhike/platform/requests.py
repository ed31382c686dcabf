"""The request as our views see it: with a colleague and with htmx's details."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """For annotations only; middleware adds these attributes to every request."""

    user: Any
    htmx: HtmxDetails


def way_back(request: HttpRequest, default: str) -> str:
    """The address of this site that a form wants to return to, else the default."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if wanted and safe else default
