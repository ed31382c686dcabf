"""The kinds of things that wait for a person: where they are found, how they are told, what can be chosen.

Rooms below know nothing of the inbox. A kind is a row set within the person's sight plus a few words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.crm.customers.models import FieldConflict
from zhike.crm.decisions import comparing
from zhike.crm.decisions.models import DuplicatePair
from zhike.crm.imports.models import Import, ImportIssue, ImportState
from zhike.crm.imports.queries import issue_reason
from zhike.platform.permissions import allowed


@dataclass(frozen=True)
class Narrowing:
    """What the person wants to see: one import, one owner's customers."""

    run: int | None = None
    owner: int | None = None


EVERYTHING = Narrowing()


@dataclass(frozen=True)
class Source:
    """``waiting`` gives the open rows in their order, ``title`` and ``note`` the two lines of the queue."""

    kind: str
    label: str | Promise
    icon: str
    waiting: Callable[[Any, Narrowing], QuerySet[Any]]
    title: Callable[[Any], str]
    note: Callable[[Any], str]
    template: str
    context: Callable[[Any, Any], Mapping[str, Any]]


SOURCES: dict[str, Source] = {}


def register_source(source: Source) -> None:
    SOURCES[source.kind] = source


@dataclass(frozen=True)
class Entry:
    """One line of the queue."""

    kind: str
    pk: int
    title: str
    note: str
    icon: str
    label: str = field(default="")

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"


def entry_of(source: Source, row: Any) -> Entry:
    return Entry(source.kind, row.pk, source.title(row), source.note(row), source.icon, str(source.label))


# Rows of imports ----------------------------------------------------------------------------------

_WRITES = {"customers.edit": ["customers", "contacts"], "orders.edit": ["products", "orders"]}


def _issues(user: Any, narrowing: Narrowing, kind: str) -> QuerySet[ImportIssue]:
    """Rows of finished imports that the person may see and write."""
    entities = [name for right, names in _WRITES.items() if allowed(user, right) for name in names]
    runs = Import.objects.visible_to(user).filter(state=ImportState.DONE, dry_run=False, entity__in=entities)
    if narrowing.run is not None:
        runs = runs.filter(pk=narrowing.run)
    if narrowing.owner is not None:
        runs = runs.filter(created_by_id=narrowing.owner)
    rows = ImportIssue.objects.filter(kind=kind, decision="", import_run__in=runs.order_by())
    return rows.select_related("import_run").order_by("import_run_id", "row", "pk")


def _doubtful(user: Any, narrowing: Narrowing) -> QuerySet[ImportIssue]:
    return _issues(user, narrowing, ImportIssue.Kind.DOUBTFUL)


def _rejected(user: Any, narrowing: Narrowing) -> QuerySet[ImportIssue]:
    return _issues(user, narrowing, ImportIssue.Kind.REJECTED)


def _row_title(issue: ImportIssue) -> str:
    cells = [text for text in issue.values.values() if str(text).strip()]
    name = next((text for text in cells if not str(text).replace("-", "").isdigit()), "")
    return str(name or (cells[0] if cells else ""))[:60] or _("Row %(row)s") % {"row": issue.row}


def _row_note(issue: ImportIssue) -> str:
    return f"{issue.import_run.file_name} · " + _("Row %(row)s") % {"row": issue.row}


def _rejected_note(issue: ImportIssue) -> str:
    return f"{_row_note(issue)} · {issue_reason(issue)}"[:160]


register_source(
    Source(
        "doubtful",
        gettext_lazy("Doubtful rows"),
        icon="help-circle",
        waiting=_doubtful,
        title=_row_title,
        note=_row_note,
        template="decisions/_doubtful.html",
        context=comparing.doubtful,
    )
)


# Possible duplicates ------------------------------------------------------------------------------


def _pairs(user: Any, narrowing: Narrowing) -> QuerySet[DuplicatePair]:
    if not allowed(user, "customers.edit") or narrowing.run is not None:
        return DuplicatePair.objects.none()
    rows = DuplicatePair.objects.visible_to(user).waiting()
    if narrowing.owner is not None:
        rows = rows.filter(Q(left__owner_id=narrowing.owner) | Q(right__owner_id=narrowing.owner))
    return rows.select_related("left__owner", "left__team", "right__owner", "right__team")


register_source(
    Source(
        "duplicate",
        gettext_lazy("Possible duplicates"),
        icon="copy",
        waiting=_pairs,
        title=lambda pair: pair.left.name,
        note=lambda pair: comparing.evidence_words(pair),
        template="decisions/_duplicate.html",
        context=comparing.duplicate,
    )
)
register_source(
    Source(
        "rejected",
        gettext_lazy("Rejected rows"),
        icon="alert-triangle",
        waiting=_rejected,
        title=_row_title,
        note=_rejected_note,
        template="decisions/_rejected.html",
        context=comparing.rejected,
    )
)


# Two values for one field -------------------------------------------------------------------------


def _conflicts(user: Any, narrowing: Narrowing) -> QuerySet[FieldConflict]:
    if not allowed(user, "customers.edit"):
        return FieldConflict.objects.none()
    rows = FieldConflict.objects.visible_to(user).filter(state=FieldConflict.State.OPEN)
    if narrowing.run is not None:
        origins = [FieldConflict.Origin.IMPORT, FieldConflict.Origin.IMPORT_UNDO]
        rows = rows.filter(origin__in=origins, origin_id=narrowing.run)
    if narrowing.owner is not None:
        rows = rows.filter(customer__owner_id=narrowing.owner)
    return rows.select_related("customer").order_by("id")


register_source(
    Source(
        "conflict",
        gettext_lazy("Two values"),
        icon="arrows-split",
        waiting=_conflicts,
        title=lambda conflict: conflict.customer.name,
        note=lambda conflict: f"{comparing.field_label(conflict.field)} · {conflict.get_origin_display()}",
        template="decisions/_conflict.html",
        context=comparing.conflict,
    )
)
