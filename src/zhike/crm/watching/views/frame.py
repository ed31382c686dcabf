"""What all pages of watching share: their tabs, the day, the files."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.insight.views.page import context_of
from zhike.crm.portfolio import sheets
from zhike.crm.watching.models import sees_everybody
from zhike.platform.permissions import allowed, require

TABS = (
    ("page", _("Over time")),
    ("overlap", _("Overlap")),
    ("migration", _("Migration")),
    ("cohorts", _("Cohorts")),
    ("compare", _("Compare two groups")),
    ("drift", pgettext_lazy("of a customer base", "Drift")),
)


def context(request: HttpRequest, base: Snapshot, here: str, **more: Any) -> dict[str, Any]:
    """``files`` are the addresses of the page's table as a file, for those who may export."""
    files = []
    if allowed(request.user, "export"):
        query = request.GET.copy()
        for kind, label in (("csv", "CSV"), ("xlsx", "Excel")):
            query["format"] = kind
            files.append((label, f"{request.path}?{query.urlencode()}"))
    tabs = [(label, reverse(f"watching:{name}"), name == here) for name, label in TABS]
    own = not sees_everybody(request.user)
    return context_of(base, tabs=tabs, files=files, own=own, **more)


def wants_file(request: HttpRequest) -> bool:
    return bool(request.GET.get("format"))


def file(request: HttpRequest, name: str, rows: sheets.Rows) -> HttpResponse:
    require(request.user, "export")
    return sheets.response(request.GET["format"], name, rows)


def day_of(text: str | None) -> date | None:
    """A day of the address; nothing where it is none."""
    try:
        return parse_date(text or "")
    except ValueError:
        return None
