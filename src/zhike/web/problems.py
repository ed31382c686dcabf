"""Pages for what went wrong: say what happened and the way back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from zhike.platform.permissions import public


@public
def error_400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _problem(request, 400, _("Not understood"), _("The server could not make sense of the request."))


@public
def error_403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _problem(request, 403, _("Not allowed"), _("Your role does not include this page."))


@public
def error_404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _problem(
        request,
        404,
        _("Not found"),
        _("The page does not exist, or it belongs to people you do not work with."),
    )


@public
def error_500(request: HttpRequest) -> HttpResponse:
    """Needs neither database nor session: either may be what is broken."""
    return HttpResponseServerError(loader.render_to_string("web/500.html"))


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _problem(
        request, 403, _("The form has expired"), _("Go back, load the page again and repeat the step.")
    )


def _problem(request: HttpRequest, code: int, title: str, text: str) -> HttpResponse:
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    template = "web/problem_inside.html" if signed_in else "web/problem.html"
    return render(request, template, {"code": code, "title": title, "text": text}, status=code)
