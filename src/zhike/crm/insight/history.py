"""Histories: what held from which day to which day, with exactly one row per change.

Days, not moments: several changes on one day leave one row, and a change that is taken back the same day
leaves none. So one evaluation after each order and a single one at night write the same history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Model

from zhike.crm.insight.models import StageHistory, TierHistory

Past = Mapping[int, list[tuple[date, Any, dict[str, Any]]]]


@dataclass(frozen=True)
class Track:
    """One history: its table and the column whose changes it keeps."""

    model: type[Model]
    column: str

    @property
    def rows(self) -> Any:
        return self.model._default_manager.order_by()


TIERS = Track(TierHistory, "tier")
STAGES = Track(StageHistory, "lifecycle")


@dataclass
class _Plan:
    close: list[int] = field(default_factory=list)
    insert: list[int] = field(default_factory=list)
    correct: list[Any] = field(default_factory=list)


def extend(
    track: Track,
    values: Mapping[int, Any],
    day: date,
    now: datetime,
    extra: Mapping[int, dict[str, Any]] | None = None,
) -> int:
    """Record the value of each customer as of a day; returns the number of rows begun or corrected."""
    plan = _plan(track, values, day)
    track.rows.filter(pk__in=plan.close).update(valid_to=day)
    fresh = [
        track.model(
            customer_id=customer,
            valid_from=day,
            changed_at=now,
            **{track.column: values[customer]},
            **(extra or {}).get(customer, {}),
        )
        for customer in plan.insert
    ]
    track.rows.bulk_create(fresh, batch_size=500)
    _correct(track, plan.correct, values, day, now, extra or {})
    return len(fresh) + len(plan.correct)


def _plan(track: Track, values: Mapping[int, Any], day: date) -> _Plan:
    plan, seen = _Plan(), set()
    for row in track.rows.filter(customer_id__in=values, valid_to__isnull=True):
        seen.add(row.customer_id)
        if getattr(row, track.column) == values[row.customer_id]:
            continue
        if row.valid_from >= day:
            plan.correct.append(row)
        else:
            plan.close.append(row.pk)
            plan.insert.append(row.customer_id)
    plan.insert += [customer for customer in values if customer not in seen]
    return plan


def _correct(
    track: Track,
    rows: Iterable[Any],
    values: Mapping[int, Any],
    day: date,
    now: datetime,
    extra: Mapping[int, dict[str, Any]],
) -> None:
    """Rows begun on this very day: give them the new value, or take them back when it is the old one."""
    for row in rows:
        value = values[row.customer_id]
        before = track.rows.filter(customer_id=row.customer_id, valid_to=row.valid_from).first()
        if before is not None and getattr(before, track.column) == value:
            row.delete()
            track.rows.filter(pk=before.pk).update(valid_to=None)
        else:
            changed = {track.column: value, "changed_at": now, **extra.get(row.customer_id, {})}
            track.rows.filter(pk=row.pk).update(**changed)


def close(track: Track, customer_ids: Iterable[int], day: date) -> None:
    """End the open rows of customers that are gone."""
    open_rows = track.rows.filter(customer_id__in=list(customer_ids), valid_to__isnull=True)
    open_rows.filter(valid_from__gte=day).delete()
    open_rows.update(valid_to=day)


def prepend(track: Track, past: Past, now: datetime) -> int:
    """Put reconstructed rows before the first row of each customer; returns the number of rows written.

    ``past`` holds, per customer, (day, value, extra columns) of each change, oldest first.
    """
    first = _first_rows(track, past)
    rows: list[Any] = []
    for customer, changes in past.items():
        rows += _reconstructed(track, customer, changes, first.get(customer), now)
    track.rows.bulk_create(rows, batch_size=500)
    return len(rows)


def _first_rows(track: Track, past: Past) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for row in track.rows.filter(customer_id__in=past).order_by("customer_id", "-valid_from"):
        found[row.customer_id] = row
    return found


def _reconstructed(track: Track, customer: int, changes: list[Any], first: Any, now: datetime) -> list[Any]:
    ends = [day for day, _value, _extra in changes[1:]] + [first.valid_from if first else None]
    if first is not None and changes and changes[-1][1] == getattr(first, track.column):
        track.rows.filter(pk=first.pk).update(valid_from=changes[-1][0])
        changes, ends = changes[:-1], ends[:-1]
    return [
        track.model(
            customer_id=customer,
            valid_from=day,
            valid_to=end,
            changed_at=now,
            **{track.column: value},
            **extra,
        )
        for (day, value, extra), end in zip(changes, ends, strict=True)
    ]
