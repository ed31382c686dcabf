"""Pages about the installation itself: background jobs, the audit trail, backups."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.platform import backup, jobs
from zhike.platform.audit_events import EVENTS
from zhike.platform.keyset import Sort, paginate
from zhike.platform.models import AuditEvent, Job
from zhike.platform.permissions import requires, signed_in
from zhike.platform.requests import Request

NEWEST = Sort("id", "id", descending=True)


@signed_in
def job_list(request: Request) -> HttpResponse:
    """The jobs that the person may see, newest first."""
    rows = Job.objects.visible_to(request.user).select_related("requested_by")
    page = paginate(rows, NEWEST, cursor=request.GET.get("cursor", ""))
    return render(request, "platform/jobs.html", {"page": page, "kinds": jobs.KINDS})


@signed_in
def job_detail(request: Request, pk: int) -> HttpResponse:
    """One job; the progress part reloads itself until the job has ended."""
    job = get_object_or_404(Job.objects.visible_to(request.user).select_related("requested_by"), pk=pk)
    kind = jobs.KINDS.get(job.kind)
    context = {"job": job, "title": kind.title if kind else job.kind, "percent": _percent(job)}
    if request.htmx:
        # 286 tells htmx to stop asking.
        return render(request, "platform/_job.html", context, status=200 if job.is_open else 286)
    return render(request, "platform/job.html", context)


def _percent(job: Job) -> int | None:
    return None if job.share is None else int(100 * job.share)


@signed_in
@require_POST
def cancel_job(request: Request, pk: int) -> HttpResponse:
    """Ask a job to stop."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    jobs.cancel(job.pk, actor=request.user)
    return redirect("platform:job", pk=job.pk)


@requires("audit.view")
def audit_list(request: Request) -> HttpResponse:
    """Who did what, newest first; by event, by person, by record."""
    rows = AuditEvent.objects.visible_to(request.user).select_related("actor")
    event = request.GET.get("event", "")
    if event in EVENTS:
        rows = rows.filter(event=event)
    if request.GET.get("actor", "").isdecimal():
        rows = rows.filter(actor_id=int(request.GET["actor"][:18]))
    page = paginate(rows, NEWEST, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "events": EVENTS, "event": event, "query": _query_without_cursor(request)}
    return render(request, "platform/audit.html", context)


def _query_without_cursor(request: Request) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    return query.urlencode()


@requires("backup")
def backups(request: Request) -> HttpResponse:
    """Backups that stand in the installation's folder, and a button for a new one."""
    return render(request, "platform/backups.html", {"backups": backup.existing()})


@requires("backup")
@require_POST
def start_backup(request: Request) -> HttpResponse:
    """Write a backup in the background."""
    job = jobs.enqueue("platform.backup", {}, requested_by=request.user, key="backup")
    messages.success(request, _("The backup is being written."))
    return redirect("platform:job", pk=job.pk)


@requires("backup")
def download_backup(request: Request, name: str) -> FileResponse:
    """Send one backup file."""
    path = backup.find(name)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
