"""Pages about the installation itself: background jobs, the audit trail, backups."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import model_to_dict
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.platform import audit, backup, backup_plan, facts, jobs, restore_drill
from zhike.platform.audit_events import EVENTS
from zhike.platform.forms import BackupPlanForm
from zhike.platform.keyset import Sort, paginate
from zhike.platform.models import AuditEvent, BackupPlan, Job
from zhike.platform.permissions import requires, signed_in
from zhike.platform.requests import Request, number_of

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
    actor = number_of(request.GET.get("actor", ""))
    if actor is not None:
        rows = rows.filter(actor_id=actor)
    page = paginate(rows, NEWEST, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "events": EVENTS, "event": event, "query": _query_without_cursor(request)}
    return render(request, "platform/audit.html", context)


def _query_without_cursor(request: Request) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    return query.urlencode()


@requires("backup")
def backups(request: Request) -> HttpResponse:
    """The plan, the last drill, and the backups that stand in the installation's folder."""
    plan = BackupPlan.current()
    form = BackupPlanForm(request.POST or None, initial=model_to_dict(plan))
    if request.method == "POST" and form.is_valid():
        backup_plan.save_plan(actor=request.user, **form.cleaned_data)
        messages.success(request, _("The plan is saved."))
        return redirect("platform:backups")
    drill = backup_plan.last_drill()
    context = {
        "form": form,
        "plan": plan,
        "next_at": backup_plan.next_moment(plan, timezone.now()),
        "backups": backup.existing(),
        "drill": drill,
        "checks": _checks(drill.result) if drill else [],
        "open": Job.objects.open().filter(kind__in=[backup_plan.BACKUP, backup_plan.DRILL]).first(),
    }
    return render(request, "platform/backups.html", context, status=422 if form.errors else 200)


def _checks(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The checks of a drill in words."""
    labels = {**restore_drill.CHECKS, **{code: fact.label for code, fact in facts.FACTS.items()}}
    return [
        {
            **check,
            "label": labels.get(check["code"], check["code"]),
            "expected": facts.said(check["code"], check["expected"]),
            "found": facts.said(check["code"], check["found"]),
        }
        for check in report.get("checks", [])
    ]


@requires("backup")
@require_POST
def start_backup(request: Request) -> HttpResponse:
    """Write a backup in the background."""
    job = jobs.enqueue(backup_plan.BACKUP, {}, requested_by=request.user, key="backup")
    messages.success(request, _("The backup is being written."))
    return redirect("platform:job", pk=job.pk)


@requires("backup")
@require_POST
def start_drill(request: Request) -> HttpResponse:
    """Try the newest backup out in the background."""
    job = backup_plan.start_drill(actor=request.user)
    messages.success(request, _("The newest backup is being tried out."))
    return redirect("platform:job", pk=job.pk)


@requires("backup")
def download_backup(request: Request, name: str) -> FileResponse:
    """Send one backup file; who took it stands in the audit trail."""
    path = backup.find(name)
    if path is None:
        raise Http404
    audit.record(request.user, "backup.downloaded", note=path.name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
