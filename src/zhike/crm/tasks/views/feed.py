"""The calendar feed: its page, and the file itself."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from zhike.crm.tasks import feed, feed_access
from zhike.platform.permissions import by_token, signed_in
from zhike.platform.requests import Request


@signed_in
@require_GET
def settings_page(request: Request) -> HttpResponse:
    return render(request, "tasks/feed.html", {"feed": feed_access.feed_of(request.user)})


@signed_in
def make(request: Request) -> HttpResponse:
    """Make the address and show it this once."""
    if request.method != "POST":
        return redirect("tasks:feed_settings")
    path = reverse("tasks:feed", args=[feed_access.make(actor=request.user)])
    base = settings.PUBLIC_ADDRESS or request.build_absolute_uri("/").rstrip("/")
    context = {"feed": feed_access.feed_of(request.user), "address": base + path}
    return render(request, "tasks/feed.html", context)


@signed_in
@require_POST
def end(request: Request) -> HttpResponse:
    feed_access.end(actor=request.user)
    messages.success(request, _("The address no longer works."))
    return redirect("tasks:feed_settings")


@by_token
@require_safe
def read(request: Request, secret: str) -> HttpResponse:
    """What the owner of the address sees at this moment."""
    found = feed_access.by_secret(secret)
    if found is None:
        raise Http404
    if not feed_access.admit(found):
        response = HttpResponse("Too many requests\n", status=429, content_type="text/plain")
        response["Retry-After"] = "3600"
        # Django would write the address, and with it the secret, into the log.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
    body, etag = feed.written(found.user)
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="zhike.ics"'
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
