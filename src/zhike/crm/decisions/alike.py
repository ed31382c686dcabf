"""Many rows of one import decided at once, where they wait for the same reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhike.crm.decisions.models import Decision
from zhike.crm.decisions.services import settle
from zhike.crm.decisions.sources import SOURCES, Narrowing
from zhike.crm.imports.models import ImportIssue
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.jobs import enqueue
from zhike.platform.models import Job

JOB = "decisions.alike"
#: So many are decided while one waits; more are a job.
AT_ONCE = 100
#: Per kind, what may be decided for many: nothing that depends on the single row.
CHOICES = {"doubtful": ("update", "new", "skip"), "rejected": ("dismiss",)}


def is_safe(kind: str, choice: str) -> bool:
    return choice in CHOICES.get(kind, ())


def like(user: Any, kind: str, issue: ImportIssue, choice: str) -> list[ImportIssue]:
    """The waiting rows of the same import with the same kind of reason, the row itself among them."""
    if not is_safe(kind, choice):
        raise DomainError(_("This cannot be decided for many at once."), field="choice", code="not_alike")
    rows = SOURCES[kind].waiting(user, Narrowing(run=issue.import_run_id)).filter(code=issue.code)
    if kind == "rejected":
        return list(rows.filter(column=issue.column))
    wanted = _signature(issue)
    if choice == "update" and len(issue.candidates) != 1:
        raise DomainError(_("This row fits several customers."), field="choice", code="not_alike")
    return [row for row in rows if _signature(row) == wanted]


def _signature(issue: ImportIssue) -> list[list[str]]:
    """What agrees with each of the candidates."""
    return sorted(sorted(candidate["same"]) for candidate in issue.candidates)


def decide_alike(*, actor: Any, kind: str, issue: ImportIssue, choice: str) -> int | Job:
    """Decide all like the issue; the number decided, or the job that does it."""
    count = len(like(actor, kind, issue, choice))
    params = {
        "kind": kind,
        "issue": issue.pk,
        "choice": choice,
        "actor": actor.pk,
        "batch": uuid.uuid4().hex,
    }
    if count > AT_ONCE:
        return enqueue(JOB, params, requested_by=actor, key=f"{kind}-{issue.import_run_id}")
    return int(work(actor, params)["decided"])


def work(
    actor: Any, params: Mapping[str, Any], report: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Row after row, each in its own transaction; what somebody else decided meanwhile is passed over."""
    issue = ImportIssue.objects.select_related("import_run").get(pk=params["issue"])
    rows = like(actor, params["kind"], issue, params["choice"])
    batch, refused = uuid.UUID(params["batch"]), 0
    for done, row in enumerate(rows):
        try:
            settle(
                actor=actor, kind=params["kind"], row=row, choice=_choice(row, params["choice"]), batch=batch
            )
        except (Conflict, DomainError):
            refused += 1
        if report is not None and done % 20 == 0:
            report(done, len(rows))
    return {"decided": Decision.objects.filter(batch=batch).count(), "refused": refused}


def _choice(row: ImportIssue, choice: str) -> str:
    return f"update:{row.candidates[0]['id']}" if choice == "update" else choice
