"""The address of the tier model before there was a studio: it leads to the primary model there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from zhike.crm.insight import services
from zhike.platform.permissions import requires


@requires("insight.view")
def tier_settings(request: HttpRequest) -> HttpResponse:
    return redirect("studio:model", services.ensure_default_model().pk)
