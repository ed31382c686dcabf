"""Every error of the API as problem JSON (RFC 9457), in the caller's language."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from zhike.analytics.problems import SettingsError
from zhike.platform.errors import DomainError
from zhike.platform.problem_json import problem

WORDS: dict[str, Promise] = {
    "missing": _("This field is required."),
    "extra_forbidden": _("This field does not exist or cannot be written."),
    "string_too_long": _("This text is too long."),
    "string_too_short": _("This text is too short."),
    "not_text": _("This text holds characters that cannot be stored."),
    "not_a_number": _("This number cannot be stored."),
    "too_long": _("There are too many entries."),
    "too_short": _("There are too few entries."),
    "literal_error": _("This value is not one of the permitted ones."),
    "enum": _("This value is not one of the permitted ones."),
}
NOT_VALID = _("This value is not valid.")


class FieldProblem(Schema):
    """One field and what is wrong with it."""

    field: str
    message: str


class Problem(Schema):
    """Why a request was not carried out; nothing of it was written."""

    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


ANSWERS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409, 413, 422), Problem)


def install(api: NinjaAPI) -> None:
    """Give every kind of error its one answer."""
    api.add_exception_handler(DomainError, _domain)
    api.add_exception_handler(ValidationError, _validation)
    api.add_exception_handler(SettingsError, _settings)
    api.add_exception_handler(Http404, lambda request, error: problem(404, "not_found", _("Not found.")))
    api.add_exception_handler(
        AuthenticationError,
        lambda request, error: problem(401, "unauthorized", _("A valid token is required.")),
    )
    api.add_exception_handler(
        RequestDataTooBig, lambda request, error: problem(413, "too_large", _("The request is too large."))
    )
    api.add_exception_handler(HttpError, _http)


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, "bad_request", _("The request cannot be read."))


def _domain(request: HttpRequest, error: Any) -> HttpResponse:
    fields = [{"field": error.field, "message": str(error)}] if error.field else []
    return problem(error.status, error.code, error, fields)


def _settings(request: HttpRequest, error: Any) -> HttpResponse:
    """Everything that is wrong with a definition; places are JSON pointers into the request."""
    zh = (get_language() or "").startswith("zh")
    fields = [
        {"field": f"/definition{one.field}", "message": one.words.zh if zh else one.words.en}
        for one in error.problems
    ]
    return problem(422, "invalid", _("The request is not valid; nothing was written."), fields)


def _validation(request: HttpRequest, error: Any) -> HttpResponse:
    fields = [{"field": _place(one["loc"]), "message": str(_words(one))} for one in error.errors]
    return problem(422, "invalid", _("The request is not valid; nothing was written."), fields)


def _place(location: tuple[Any, ...]) -> str:
    """Drop the parts that name our code: where (body, query, path) and the argument's name."""
    where, *rest = [str(part) for part in location]
    return ".".join(rest[1:] if where == "body" and len(rest) > 1 else rest) or where


def _words(error: dict[str, Any]) -> Any:
    return WORDS.get(error["type"], NOT_VALID)
