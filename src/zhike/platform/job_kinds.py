"""The platform's own kinds of jobs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.platform import alarms, audit, backup, backup_plan, restore_drill
from zhike.platform.errors import DomainError
from zhike.platform.jobs import Cancelled, JobRun, LeaseLost, job
from zhike.platform.rounds import every


@every(60, "platform.backup_plan")
def ask_for_planned_backup() -> None:
    backup_plan.start_due()


@job(backup_plan.BACKUP, _("Backup"))
def run_backup(run: JobRun) -> dict[str, Any]:
    """Write and verify a backup in the installation's folder; a planned one makes room and is tried out."""
    planned = bool(run.params.get("planned"))
    try:
        target = backup.new_path(planned=planned)
        path = backup.write(target, actor=run.record.requested_by, say=run.progress)
    except (Cancelled, LeaseLost):
        raise
    except Exception as error:
        alarms.backup_failed.send(JobRun, job=run.record, reason=str(error))
        raise
    removed = backup.keep_newest(int(run.params.get("keep", 7))) if planned else []
    if run.params.get("drill"):
        backup_plan.start_drill()
    return {"file": path.name, "removed": removed}


@job(backup_plan.DRILL, _("Restore drill"))
def run_drill(run: JobRun) -> dict[str, Any]:
    """Restore the newest backup somewhere else and compare; the people in charge hear of what differs."""
    found = backup.existing()
    if not found:
        raise DomainError(gettext("There is no backup to try out."), code="no_backup")
    try:
        report = restore_drill.run(found[0].path, run.progress)
    except (Cancelled, LeaseLost):
        raise
    except Exception as error:
        alarms.drill_failed.send(JobRun, job=run.record, reason=str(error))
        raise
    if not report.ok:
        wrong = ", ".join(check["code"] for check in report.checks if not check["ok"])
        alarms.drill_failed.send(JobRun, job=run.record, reason=wrong)
    audit.record(run.record.requested_by, "backup.tried", note=f"{report.backup} · {_outcome(report.ok)}")
    return report.as_json()


def _outcome(ok: bool) -> str:
    return "ok" if ok else "different"
