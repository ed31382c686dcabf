"""Analysis runs: when, as of which day, with which version, and starting one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.crm.insight import labels, queries, services
from zhike.crm.insight.models import Run
from zhike.crm.insight.views.progress import open_job
from zhike.platform.permissions import RowScope, requires, row_scope

SHOWN = 30


@requires("insight.run")
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    found = Run.objects.select_related("version", "job__requested_by")[:SHOWN]
    version, as_of = queries.current_version(), queries.data_as_of()
    guards = queries.calibration_of(version).guards if version else ()
    context = {
        "runs": found,
        "job": open_job(request.user),
        "as_of": as_of.isoformat() if as_of else "",
        "version": version,
        "guards": [labels.say(guard.words) for guard in guards],
        # Sizes of the whole company are for those who see all of it.
        "sees_all": row_scope(request.user) == RowScope.ALL,
    }
    return render(request, "insight/runs.html", context)


@requires("insight.run")
@require_POST
def start_run(request: HttpRequest) -> HttpResponse:
    recalibrate = request.POST.get("recalibrate") == "1"
    services.start_run(request.user, recalibrate=recalibrate)
    messages.success(request, _("The analysis has been started. You can leave this page."))
    return redirect("insight:runs")
