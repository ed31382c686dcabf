"""The platform's own kinds of jobs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.platform import backup
from zhike.platform.jobs import JobRun, job


@job("platform.backup", _("Backup"))
def run_backup(run: JobRun) -> dict[str, Any]:
    """Write and verify a backup in the installation's folder."""
    path = backup.write(actor=run.record.requested_by)
    return {"file": path.name}
