"""The run that works right now, as a bar that follows it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhike.crm.insight import jobs
from zhike.platform.every_language import in_every_language
from zhike.platform.models import Job
from zhike.platform.permissions import requires

# htmx stops polling at this status.
STOP_POLLING = 286


def open_job(user: Any) -> Job | None:
    """The full run that waits or works; its details are for those who may see the job."""
    job = Job.objects.open().filter(kind=jobs.RUN).first()
    if job is not None and not Job.objects.visible_to(user).filter(pk=job.pk).exists():
        job.words = in_every_language(job.State(job.state).label)
    return job


@requires("insight.view")
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """The bar alone; when the run has ended, a link to the new figures."""
    job = open_job(request.user)
    status = 200 if job else STOP_POLLING
    return render(request, "insight/_progress.html", {"job": job}, status=status)
