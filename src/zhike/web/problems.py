"""What went wrong and what to do next: to people as a page, to programs as JSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from django.core.exceptions import (
    DisallowedHost,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template import loader
from django.utils import timezone, translation
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from zhike.platform.permissions import public
from zhike.platform.problem_json import problem as as_json

PROGRAMS = "/api/"
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
UNREACHABLE = (OperationalError, InterfaceError)
# No letter that is taken for another one when it is read out over the phone.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Problem:
    status: int
    code: str
    title: str
    text: str


@public
def error_400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, _unreadable(exception))


def _unreadable(exception: Exception | None) -> Problem:
    if isinstance(exception, TOO_LARGE):
        text = _("A form carries at most 2 MB and 1,000 fields. Send less at once, or import a file.")
        return Problem(413, "too_large", _("Too large"), text)
    if isinstance(exception, DisallowedHost):
        text = _(
            "Open the address that you were given. The addresses of this server are listed in ZHIKE_HOSTS."
        )
        return Problem(400, "unknown_host", _("The server does not answer to this address"), text)
    text = _("The server could not make sense of the request. Go back and try it another way.")
    return Problem(400, "bad_request", _("Not understood"), text)


@public
def error_403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = _("Your role does not include this page. Who manages users can change your role.")
    return answer(request, Problem(403, "not_allowed", _("Not allowed"), text))


@public
def error_404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = _("The page does not exist, or it belongs to people you do not work with.")
    return answer(request, Problem(404, "not_found", _("Not found"), text))


def error_405(request: HttpRequest) -> HttpResponse:
    """An address that takes forms alone, opened as a page: from a bookmark, or after signing in again."""
    text = _("This address only takes forms. Go back, load the page again and repeat the step.")
    return answer(request, Problem(405, "method_not_allowed", _("No page"), text))


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = _("Go back, load the page again and repeat the step.")
    if reason == REASON_NO_CSRF_COOKIE:
        text = _("The browser sent no cookie. Allow cookies here, load the page again and repeat the step.")
    elif reason.startswith(REASON_BAD_ORIGIN.partition("%")[0]):
        text = _(
            "The form was sent from an address that this server does not know as its own. Behind a proxy, "
            "the address belongs into ZHIKE_ORIGINS."
        )
    return answer(request, Problem(403, "form_expired", _("The form has expired"), text))


def answer(request: HttpRequest, found: Problem) -> HttpResponse:
    if _is_program(request):
        return as_json(found.status, found.code, found.text)
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    template = "web/problem_inside.html" if signed_in else "web/problem.html"
    return render(
        request,
        template,
        {"code": found.status, "title": found.title, "text": found.text},
        status=found.status,
    )


def _is_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(PROGRAMS)


@public
def error_500(request: HttpRequest) -> HttpResponse:
    """Needs neither database nor session: either may be what is broken."""
    reference = get_random_string(8, LETTERS)
    # What failed before the language was chosen would speak that of the request before.
    with translation.override(translation.get_language_from_request(request)):
        found = _broken(sys.exc_info()[1])
        response = _broken_answer(request, found, reference)
    # The reason stands in the line of the log that carries the trace.
    response.reason_phrase = f"{found.code} {reference}"
    if found.status == 503:
        response["Retry-After"] = "30"
    return response


def _broken(error: BaseException | None) -> Problem:
    if isinstance(error, UNREACHABLE):
        text = _("The database does not answer. Try again in a moment; nothing was saved by halves.")
        return Problem(503, "database_unreachable", _("Not available at the moment"), text)
    text = _("The error was written to the log of the server. Nothing was saved by halves.")
    return Problem(500, "internal_error", _("Something went wrong"), text)


def _broken_answer(request: HttpRequest, found: Problem, reference: str) -> HttpResponse:
    if _is_program(request):
        return as_json(found.status, found.code, found.text, reference=reference)
    context = {
        "problem": found,
        "reference": reference,
        "at": timezone.localtime(),
        "again": request.get_full_path() if request.method == "GET" else "",
    }
    response = HttpResponse(loader.render_to_string("web/500.html", context), status=found.status)
    if request.headers.get("HX-Request") == "true":
        told = _("%(title)s. Reference: %(reference)s") % {"title": found.title, "reference": reference}
        trigger_client_event(response, "toast", {"level": "error", "text": told})
    return response
