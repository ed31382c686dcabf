"""The address that customer statistics had; bookmarks and links still lead there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from zhike.platform.permissions import requires


@requires("insight.view")
@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    query = request.GET.urlencode()
    address = reverse("statistics:page")
    return HttpResponseRedirect(f"{address}?{query}" if query else address)
