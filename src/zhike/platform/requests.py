"""The request as our views see it: with a colleague and with htmx's details."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

Row = TypeVar("Row", bound=Model)


class Request(HttpRequest):
    """For annotations only; middleware adds these attributes to every request."""

    user: Any
    htmx: HtmxDetails


def number_of(text: str, digits: int = 18) -> int | None:
    """The whole number that a text from outside names; None for anything else, and for more digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def json_of(text: str | bytes) -> Any:
    """What a JSON text from outside holds; ValueError for any that cannot be read."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def row_asked(rows: QuerySet[Row], text: str) -> Row:
    """The row whose number the address names, else page 404."""
    number = number_of(text)
    if number is None:
        raise Http404
    return get_object_or_404(rows, pk=number)


def way_back(request: HttpRequest, default: str) -> str:
    """The address of this site that a form wants to return to, else the default."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if wanted and safe else default
