"""What all pages share: the snapshot in the person's row scope, or the page that says what to do first."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhike.crm.customers.models import Customer
from zhike.crm.insight import importing
from zhike.crm.insight.snapshot_queries import Snapshot, snapshot_for
from zhike.crm.insight.views import progress
from zhike.platform.permissions import allowed

Page = Callable[[HttpRequest, Snapshot], HttpResponse]


def with_snapshot(page: Page) -> Callable[[HttpRequest], HttpResponse]:
    """The page gets the published snapshot; without one the person learns how to get one."""

    @wraps(page)
    def view(request: HttpRequest) -> HttpResponse:
        base = snapshot_for(request.user)
        if base is None:
            return nothing_yet(request)
        return page(request, base)

    return view


def nothing_yet(request: HttpRequest) -> HttpResponse:
    """Before the first analysis: import, analyze, or wait for the run that works."""
    context = {
        "has_customers": Customer.objects.visible_to(request.user).exists(),
        "job": progress.open_job(request.user),
        "importing": importing.is_at_work(),
        "can_run": allowed(request.user, "insight.run"),
        "can_import": allowed(request.user, "import"),
    }
    return render(request, "insight/nothing_yet.html", context)


def context_of(base: Snapshot, **more: Any) -> dict[str, Any]:
    """The day and the version of everything that stands on the page."""
    return {"as_of": base.as_of.isoformat(), "version": base.version, **more}
