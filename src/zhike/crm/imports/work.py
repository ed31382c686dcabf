"""What every writer of a chunk shares: whose import it is, its counts, its changes and its issues."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model

from zhike.analytics.tabular import Problem
from zhike.crm.imports.models import Import, ImportChange, ImportIssue
from zhike.crm.imports.staging import StagedRow
from zhike.platform import rows as bulk
from zhike.platform.models import Installation
from zhike.platform.permissions import RowScope, row_scope

OUTCOMES = ("created", "updated", "skipped", "failed")


def empty_counts() -> dict[str, Any]:
    """Rows by outcome (they add up to ``rows``) and records by kind; doubtful rows are among the skipped."""
    return {"rows": 0, **dict.fromkeys(OUTCOMES, 0), "doubtful": 0, "records": {}}


@dataclass
class Work:
    """One import at work. ``dry`` plans everything and writes nothing but the issues."""

    run: Import
    actor: Any
    headers: list[str]
    dry: bool = False
    cancel_numbers: bool = True
    counts: dict[str, Any] = field(default_factory=empty_counts)
    issues: list[ImportIssue] = field(default_factory=list)
    # What was created and changed, kept where a single decision shall be undone: (entity, created, changed).
    noted: list[tuple[str, list[int], dict[int, dict[str, Any]]]] | None = None

    @cached_property
    def options(self) -> dict[str, Any]:
        return self.run.options

    @cached_property
    def installation(self) -> Installation:
        return Installation.current()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.installation.time_zone)

    @cached_property
    def unlimited(self) -> bool:
        """The installation's own commands and people with an unlimited row scope see every record."""
        return self.actor is None or row_scope(self.actor) == RowScope.ALL

    @cached_property
    def default_owner(self) -> tuple[int | None, int | None]:
        """(owner, team) of records that this import creates."""
        mine = self.actor is not None and (self.options.get("assign") == "me" or not self.unlimited)
        return (self.actor.pk, self.actor.team_id) if mine else (None, None)

    @cached_property
    def _pretended(self) -> Iterator[int]:
        return itertools.count(-1, -1)

    def numbers(self, model: type[Model], count: int) -> Iterator[int]:
        """Numbers for new records; a trial run uses negative ones that never reach the store."""
        return self._pretended if self.dry else iter(bulk.allocate(model, count))

    def count_row(self, outcome: str, rows: int = 1) -> None:
        self.counts["rows"] += rows
        self.counts[outcome] += rows

    def count_record(self, entity: str, outcome: str, count: int = 1) -> None:
        of_kind = self.counts["records"].setdefault(entity, {})
        of_kind[outcome] = of_kind.get(outcome, 0) + count

    def reject(self, row: StagedRow, problem: Problem, column: str = "") -> None:
        """One row is not taken; its first problem is the reason, all of them are kept."""
        self.count_row("failed")
        self._issue(ImportIssue.Kind.REJECTED, row, problem, column, {})

    def reject_cells(self, row: StagedRow) -> None:
        column, problem = row.problems[0]
        more = [[c, p.code, dict(p.values)] for c, p in row.problems[1:]]
        self.count_row("failed")
        self._issue(ImportIssue.Kind.REJECTED, row, problem, column, {"more": more} if more else {})

    def put_aside(self, row: StagedRow, candidates: list[dict[str, Any]]) -> None:
        """A row that may be an existing record waits for a person."""
        self.count_row("skipped")
        self.counts["doubtful"] += 1
        record = {name: value for name, value in row.values.items() if value is not None}
        issue = self._issue(
            ImportIssue.Kind.DOUBTFUL, row, Problem("similar"), "", {"record": record, "cells": row.cells}
        )
        issue.candidates = candidates

    def _issue(
        self, kind: str, row: StagedRow, problem: Problem, column: str, extra: dict[str, Any]
    ) -> ImportIssue:
        issue = ImportIssue(
            import_run=self.run,
            kind=kind,
            row=row.row,
            column=column[:200],
            code=problem.code,
            detail={**{k: plain(v) for k, v in problem.values.items()}, **extra},
            values=dict(zip(self.headers, row.cells, strict=False)),
        )
        self.issues.append(issue)
        return issue

    def flush_issues(self) -> None:
        ImportIssue.objects.bulk_create(self.issues, batch_size=500)
        self.issues = []


def record_changes(work: Work, entity: str, created: list[int], changed: dict[int, dict[str, Any]]) -> None:
    """Keep what undo needs; a record changed twice keeps its first former value."""
    if work.dry:
        return
    if work.noted is not None and (created or changed):
        work.noted.append((entity, list(created), dict(changed)))
    earlier = {
        change.object_id: change
        for change in ImportChange.objects.filter(
            import_run=work.run, entity=entity, object_id__in=list(changed)
        )
    }
    fresh: list[tuple[int, bool, dict[str, Any]]] = [(number, True, {}) for number in created]
    for number, fields in changed.items():
        known = earlier.get(number)
        if known is None:
            fresh.append((number, False, fields))
        elif not known.created:
            known.before = merged(known.before, fields)
            known.save(update_fields=["before"])
    bulk.insert(
        ImportChange,
        [
            {
                "import_run_id": work.run.pk,
                "entity": entity,
                "object_id": n,
                "created": made,
                "before": before,
            }
            for n, made, before in fresh
        ],
    )


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    result = dict(first)
    for name, value in second.items():
        both = name in first and isinstance(value, list) and len(value) == 2 and name != "lines"
        if both:
            result[name] = [first[name][0], value[1]]
        elif name not in first:
            result[name] = value
    return result


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, Decimal | date | datetime):
        return str(value) if isinstance(value, Decimal) else value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str | list | dict) else str(value)
