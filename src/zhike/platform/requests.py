"""The request as our views see it: with a colleague and with htmx's details."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """For annotations only; middleware adds these attributes to every request."""

    user: Any
    htmx: HtmxDetails
