"""Verbs on single rows of an import: settle a doubtful one, correct or dismiss a rejected one, undo it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from zhike.analytics.orders import cancel_numbers_apply
from zhike.analytics.tabular import Batch
from zhike.crm.customers.models import Contact
from zhike.crm.customers.search import reindex
from zhike.crm.imports import mapping as mappings
from zhike.crm.imports import undo
from zhike.crm.imports.ingest import staged
from zhike.crm.imports.models import Entity, Import, ImportIssue, ImportState
from zhike.crm.imports.reasons import reason
from zhike.crm.imports.services import require_import
from zhike.crm.imports.staging import RAW, StagedRow
from zhike.crm.imports.work import Work
from zhike.crm.imports.writers import writer_for
from zhike.crm.imports.writers.customers import CustomerWriter
from zhike.crm.orders.models import Order
from zhike.platform import audit
from zhike.platform.errors import Conflict, DomainError

Kind = ImportIssue.Kind
CHOICES = ("update", "new", "skip")
#: So many order numbers of a source tell what a leading C means there.
SAMPLE = 2_000


@transaction.atomic
def decide(*, actor: Any, issue: ImportIssue, choice: str, customer_id: int | None = None) -> ImportIssue:
    """Settle a doubtful row: ``update`` the chosen candidate, create it as ``new``, or ``skip`` it."""
    run, issue = _open(actor, issue, Kind.DOUBTFUL)
    candidates = {candidate["id"] for candidate in issue.candidates}
    if choice not in CHOICES or (choice == "update" and customer_id not in candidates):
        raise DomainError(_("Choose one of the suggestions."), field="choice", code="unknown_choice")
    before = copy.deepcopy(run.counts)
    run.counts["doubtful"] -= 1
    work = Work(run=run, actor=actor, headers=list(issue.values), counts=run.counts, noted=[])
    if choice != "skip":
        _write_decided(work, issue, customer_id if choice == "update" else None)
    _settle(actor, run, [issue], choice, before, work)
    audit.record(actor, "import.row_decided", run, after={"row": issue.row, "choice": choice})
    return issue


def _open(actor: Any, issue: ImportIssue, kind: str) -> tuple[Import, ImportIssue]:
    """The import and the row, locked in this order, when the row still waits."""
    require_import(actor, issue.import_run.entity)
    run = Import.objects.select_for_update().get(pk=issue.import_run_id)
    issue = ImportIssue.objects.select_for_update().get(pk=issue.pk)
    if issue.kind != kind or issue.decision:
        raise Conflict(_("This row was already decided."))
    if run.dry_run or run.state != ImportState.DONE:
        raise Conflict(_("Rows can be decided once the import is done."))
    issue.import_run = run
    return run, issue


def _write_decided(work: Work, issue: ImportIssue, customer_id: int | None) -> None:
    for name in ("rows", "skipped"):
        work.counts[name] -= 1
    values = dict.fromkeys(("name", "phone", "email")) | issue.detail["record"]
    row = StagedRow(issue.row, 1, values, RAW.join(issue.detail["cells"]))
    writer = CustomerWriter(work)
    writer.prepare([[row]])
    writer.load([[row]])
    writer.place(row, writer.store.known.fetch(customer_id) if customer_id else None)
    _refuse_rejected(work)
    writer.flush()
    _index(work)


def _refuse_rejected(work: Work) -> None:
    refused = next((issue for issue in work.issues if issue.kind == Kind.REJECTED), None)
    if refused is not None:
        text = reason(refused.code, refused.detail)
        raise DomainError(text, field=refused.column, code=refused.code)


def _settle(
    actor: Any, run: Import, issues: Sequence[ImportIssue], choice: str, before: dict[str, Any], work: Work
) -> None:
    """Keep the decision, the new counts, and with the first row what undo needs."""
    Import.objects.filter(pk=run.pk).update(counts=run.counts)
    for place, issue in enumerate(issues):
        issue.decision, issue.decided_by = choice, actor
        noted = work.noted if place == 0 else []
        delta = _difference(before, run.counts) if place == 0 else {}
        group = [one.pk for one in issues]
        issue.detail = {**issue.detail, "undo": {"noted": noted, "counts": delta, "group": group}}
        issue.save(update_fields=["decision", "decided_by", "detail"])


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What the decision added to each count."""
    found: dict[str, Any] = {}
    for name, value in after.items():
        if isinstance(value, dict) and name == "records":
            found[name] = {kind: _difference(before[name].get(kind, {}), of) for kind, of in value.items()}
        elif isinstance(value, int):
            found[name] = value - before.get(name, 0)
    return found


def _less(counts: Mapping[str, Any], delta: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(counts)
    for name, value in delta.items():
        result[name] = (
            _less(counts.get(name, {}), value) if isinstance(value, dict) else counts.get(name, 0) - value
        )
    return result


def _index(work: Work) -> None:
    """Enter what was written into the search index."""
    written = {"customer": set[int](), "contact": set[int]()}
    for entity, created, changed in work.noted or []:
        if entity in written:
            written[entity] |= {*created, *changed}
    owners = Contact.objects.filter(pk__in=written["contact"]).values_list("customer_id", flat=True)
    numbers = written["customer"] | set(owners)
    if numbers:
        reindex(sorted(numbers))


# Rejected rows ------------------------------------------------------------------------------------


def rows_with(issue: ImportIssue) -> list[ImportIssue]:
    """The row itself, or the waiting rows of its order: an order is taken whole or not at all."""
    if issue.import_run.entity != Entity.ORDERS:
        return [issue]
    columns = issue.import_run.mapping.get("columns", {})
    header = next((header for header, name in columns.items() if name == "order_number"), None)
    number = issue.values.get(header or "", "")
    if header is None or not number:
        return [issue]
    waiting = issue.import_run.issues.filter(kind=Kind.REJECTED, decision="").order_by("row", "pk")
    return [one for one in waiting if one.pk == issue.pk or one.values.get(header) == number]


@transaction.atomic
def correct(*, actor: Any, issue: ImportIssue, cells: Mapping[int, Mapping[str, str]]) -> list[ImportIssue]:
    """Import a rejected row again with corrected cells (``{issue: {header: text}}``), by the importer's way.

    The rows of an order go together. A row that now looks like an existing customer waits for a decision.
    """
    run, issue = _open(actor, issue, Kind.REJECTED)
    issues = [_open(actor, one, Kind.REJECTED)[1] for one in rows_with(issue)]
    before = copy.deepcopy(run.counts)
    for name in ("rows", "failed"):
        run.counts[name] -= len(issues)
    work = Work(run=run, actor=actor, headers=_headers(run), counts=run.counts, noted=[])
    for one in issues:
        one.values = {**one.values, **{h: t for h, t in cells.get(one.pk, {}).items() if h in one.values}}
    _write_again(work, issues)
    _settle(actor, run, issues, "corrected", before, work)
    ImportIssue.objects.bulk_update(issues, ["values"])
    audit.record(actor, "import.row_corrected", run, after={"rows": [one.row for one in issues]})
    return issues


def _headers(run: Import) -> list[str]:
    return list(run.reading.get("found", {}).get("headers", []))


def _write_again(work: Work, issues: Sequence[ImportIssue]) -> None:
    run = work.run
    table: Any = SimpleNamespace(headers=work.headers)
    fill_down = mappings.fills_down(run.mapping, run.options)
    noted = run.reading.get("dates", {})
    dates = {
        header: mappings.DateOrder(n["status"], n["order"], tuple(n["candidates"]), n["example"])
        for header, n in noted.items()
    }
    plan = mappings.plan(table, run.mapping, run.entity, mappings.Writing(dates, {}), fill_down=fill_down)
    rows = [[issue.values.get(header, "") for header in work.headers] for issue in issues]
    groups = list(_grouped(staged(Batch([issue.row for issue in issues], rows), plan)))
    if run.entity == Entity.ORDERS:
        numbers = Order.objects.filter(source=run.source).values_list("number", flat=True)[:SAMPLE]
        given = [str(group[0].values.get("order_number") or "") for group in groups]
        work.cancel_numbers = "order_number" in plan.names and cancel_numbers_apply([*numbers, *given])
    writer = writer_for(work)
    writer.prepare(groups)
    writer.load(groups)
    for group in groups:
        writer.take(group)
    _refuse_rejected(work)
    writer.flush()
    work.flush_issues()
    _index(work)


def _grouped(rows: Sequence[StagedRow]) -> Iterator[list[StagedRow]]:
    groups: dict[int, list[StagedRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    yield from groups.values()


@transaction.atomic
def dismiss(*, actor: Any, issue: ImportIssue) -> ImportIssue:
    """A rejected row that is not wanted; it stays out and no longer asks."""
    run, issue = _open(actor, issue, Kind.REJECTED)
    issue.decision, issue.decided_by = "dismissed", actor
    issue.save(update_fields=["decision", "decided_by"])
    audit.record(actor, "import.row_dismissed", run, after={"row": issue.row})
    return issue


# Taking back --------------------------------------------------------------------------------------


@transaction.atomic
def take_back(*, actor: Any, issue: ImportIssue) -> None:
    """Undo a decision on a row: what it wrote goes, and the row waits again.

    All or nothing: refused when what it wrote was changed or got other facts since.
    """
    require_import(actor, issue.import_run.entity)
    run = Import.objects.select_for_update().get(pk=issue.import_run_id)
    issue = ImportIssue.objects.select_for_update().get(pk=issue.pk)
    if not issue.decision or run.state != ImportState.DONE:
        raise Conflict(_("There is nothing to undo."))
    noted = issue.detail.get("undo", {})
    group = list(ImportIssue.objects.filter(pk__in=noted.get("group") or [issue.pk]))
    kept = undo.take_back_one(run, noted.get("noted") or [])
    if kept:
        raise Conflict(_("“%(name)s” was changed since and stays.") % {"name": kept[0]["text"]})
    counts = _less(run.counts, noted.get("counts", {}))
    Import.objects.filter(pk=run.pk).update(counts=counts)
    for one in group:
        one.decision, one.decided_by = "", None
        one.detail = {name: value for name, value in one.detail.items() if name != "undo"}
        one.save(update_fields=["decision", "decided_by", "detail"])
    audit.record(actor, "import.row_reopened", run, after={"rows": [one.row for one in group]})
