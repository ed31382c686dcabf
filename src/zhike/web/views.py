"""The way in: the home page by role, signs of life, the language."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from zhike.platform.models import Heartbeat
from zhike.platform.permissions import RowScope, allowed, public, row_scope, signed_in

ALIVE = timedelta(seconds=30)
WORKERS = ("worker", "events")


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Today for who looks after customers, the dashboard for who looks at the whole company."""
    sells = allowed(request.user, "customers.edit") and row_scope(request.user) != RowScope.ALL
    return redirect("today:page" if sells else "insight:dashboard")


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when web, database and worker live; otherwise 503 and which of them does not."""
    try:
        beats = dict(Heartbeat.objects.filter(name__in=WORKERS).values_list("name", "at"))
    except Error:
        return JsonResponse({"web": True, "database": False}, status=503)
    now = timezone.now()
    alive = {name: name in beats and now - beats[name] < ALIVE for name in WORKERS}
    state = {"web": True, "database": True, **alive}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie and, for a signed-in person, in the profile."""
    language = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = redirect(back)
    if language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax")
        if request.user.is_authenticated:
            from zhike.crm.accounts.services import choose_language

            choose_language(actor=request.user, language=language)
    return response
