"""The jobs of imports: run one, undo one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.catalog.models import Product
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.imports import reading, undo
from zhike.crm.imports.models import Import, ImportState
from zhike.crm.imports.runner import Runner, disk_is_full, drop_staging
from zhike.crm.orders.models import Order, OrderLine
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.jobs import Cancelled, JobRun, LeaseLost, job
from zhike.platform.store import MANY, gather_statistics

WRITTEN = (Customer, Contact, Product, Order, OrderLine)


@job("imports.run", gettext_lazy("Import"))
def run_import(run: JobRun) -> dict[str, Any]:
    """Read, match and write one file (or only try it out)."""
    return _guarded(run, _run, ImportState.DONE)


@job("imports.undo", gettext_lazy("Undo an import"))
def undo_import(run: JobRun) -> dict[str, Any]:
    """Take back what an import created and changed."""
    return _guarded(run, undo.work, ImportState.UNDONE)


def _run(record: Import, run: JobRun) -> dict[str, Any]:
    Runner(record, run).work()
    return record.counts


def _guarded(
    run: JobRun, work: Callable[[Import, JobRun], dict[str, Any]], final: ImportState
) -> dict[str, Any]:
    """Whatever happens, the import's page says how it ended."""
    record = Import.objects.select_related("created_by__role", "created_by__team").get(
        pk=run.params["import_id"]
    )
    if record.state == final:
        return record.counts
    language = record.created_by.language if record.created_by else (translation.get_language() or "zh-hans")
    with translation.override(language):
        try:
            counts = work(record, run)
        except Exception as error:
            _fail(record, error)
            raise _plain_error(error) from error
        _finish(record, final, counts)
    return counts


def _finish(record: Import, final: ImportState, counts: dict[str, Any]) -> None:
    now = timezone.now()
    stamp = {"undone_at": now} if final == ImportState.UNDONE else {"finished_at": now}
    Import.objects.filter(pk=record.pk).update(state=final, error="", counts=counts, **stamp)
    drop_staging(record)
    if counts.get("rows", 0) >= MANY and not record.dry_run:
        gather_statistics(*WRITTEN)
    if final == ImportState.UNDONE or not record.dry_run:
        _drop_file(record)
    event = "import.undone" if final == ImportState.UNDONE else "import.tried"
    if final == ImportState.DONE and not record.dry_run:
        event = "import.done"
    shown = ("rows", "created", "updated", "skipped", "failed")
    rows: dict[str, Any] = {name: counts[name] for name in shown if name in counts}
    audit.record(record.created_by, event, record, after=rows)


def _drop_file(record: Import) -> None:
    """Undo needs only the changes noted, so the upload (personal data) does not outlive its import."""
    if record.file:
        reading.path_of(record.file).unlink(missing_ok=True)
        Import.objects.filter(pk=record.pk).update(file="")


def _fail(record: Import, error: Exception) -> None:
    if isinstance(error, LeaseLost):
        return
    if isinstance(error, Cancelled):
        text = _("Stopped. Go on, or undo what was already imported.")
    elif disk_is_full(error):
        text = _("The disk is full. Free some space and go on; nothing half-written is kept.")
    elif isinstance(error, DomainError):
        text = str(error)
    else:
        text = _("An unexpected error stopped the import. Go on, or undo what was already imported.")
    Import.objects.filter(pk=record.pk).update(state=ImportState.FAILED, error=text[:500])


def _plain_error(error: Exception) -> Exception:
    """SQLite's word for a full disk, said the way the job runner knows it."""
    if disk_is_full(error) and not isinstance(error, OSError):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return error
