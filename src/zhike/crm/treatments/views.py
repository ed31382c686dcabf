"""The page of treatments: what was done to whom for which purpose, and who was left out by lot."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from zhike.crm.treatments import queries
from zhike.crm.treatments.models import Treatment
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import requires
from zhike.platform.requests import Request

NEWEST = Sort("id", "id", descending=True)


@requires("customers.view")
def treatment_list(request: Request) -> HttpResponse:
    rows = Treatment.objects.visible_to(request.user).select_related("created_by")
    page = paginate(rows, NEWEST, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "shown": queries.with_arms(request.user, page.rows)}
    return render(request, "treatments/list.html", context)
