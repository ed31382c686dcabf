"""Histories: what held from which day to which day, with exactly one row per change.

Days, not moments: several changes on one day leave one row, and a change that is taken back the same day
leaves none. So one evaluation after each order and a single one at night write the same history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Model

from zhike.crm.insight import ranks
from zhike.crm.insight.models import StageHistory, TierHistory
from zhike.crm.insight.signals import Change
from zhike.platform.rows import insert_prepared

Past = Mapping[int, list[tuple[date, Any, tuple[Any, ...]]]]


@dataclass(frozen=True)
class Track:
    """One history: its table, the column whose changes it keeps, and what is noted with a change."""

    model: type[Model]
    column: str
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> Any:
        return self.model._default_manager.order_by()

    @property
    def attributes(self) -> tuple[str, ...]:
        return ("customer_id", self.column, "valid_from", "valid_to", "changed_at", *self.notes)


TIERS = Track(TierHistory, "tier", ("tier_score", "version_id"))
STAGES = Track(StageHistory, "lifecycle")


@dataclass
class _Plan:
    close: list[int] = field(default_factory=list)
    insert: list[int] = field(default_factory=list)
    # (row, customer, first day, whether only the notes differ) of rows that began on the day itself.
    correct: list[tuple[int, int, date, bool]] = field(default_factory=list)
    # What held until now, with its notes, for the rows that are closed.
    closed: dict[int, tuple[Any, tuple[Any, ...]]] = field(default_factory=dict)


def extend(
    track: Track,
    values: Mapping[int, Any],
    day: date,
    now: datetime,
    notes: Mapping[int, tuple[Any, ...]] | None = None,
    changes: list[Change] | None = None,
) -> int:
    """Record the value of each customer as of a day; returns the number of rows begun or corrected.

    What differs from the value before that day is added to ``changes``.
    """
    notes = notes or {}
    changes = [] if changes is None else changes
    plan = _plan(track, values, day, notes)
    if plan.close:
        track.rows.filter(pk__in=plan.close).update(valid_to=day)
    fresh = [(c, values[c], day, None, *notes.get(c, ())) for c in plan.insert]
    _insert(track, fresh, now)
    for customer in plan.insert:
        before, noted = plan.closed.get(customer, (None, ()))
        changes.append(
            _change(track, customer, before, noted, values[customer], notes.get(customer, ()), day)
        )
    for row, customer, began, noted_only in plan.correct:
        found = _correct(track, row, customer, began, values[customer], now, notes.get(customer, ()))
        changes += [] if noted_only else found
    return len(fresh) + len(plan.correct)


def _insert(track: Track, rows: list[tuple[Any, ...]], now: datetime) -> None:
    """Rows (customer, value, from, to, notes …), handed over in the store's own form."""
    stamp = connection.ops.adapt_datetimefield_value(now)
    on = connection.ops.adapt_datefield_value
    prepared = [(c, value, on(begin), on(end), stamp, *rest) for c, value, begin, end, *rest in rows]
    if prepared:
        insert_prepared(track.model, track.attributes, prepared)


def _plan(track: Track, values: Mapping[int, Any], day: date, notes: Mapping[int, tuple[Any, ...]]) -> _Plan:
    plan, seen, means_same = _Plan(), set(), _Meanings(track).is_same
    rows = track.rows.filter(customer_id__in=values, valid_to__isnull=True)
    columns = ("pk", "customer_id", "valid_from", track.column, *track.notes)
    for row, customer, began, value, *noted in rows.values_list(*columns):
        seen.add(customer)
        same = value == values[customer] and means_same(value, noted, notes.get(customer, ()))
        if began >= day and not (same and tuple(noted) == notes.get(customer, ())):
            plan.correct.append((row, customer, began, same))
        elif began < day and not same:
            plan.close.append(row)
            plan.closed[customer] = (value, tuple(noted))
            plan.insert.append(customer)
    plan.insert += [customer for customer in values if customer not in seen]
    return plan


class _Meanings:
    """Equal ranks of versions with different tiers are not the same tier."""

    def __init__(self, track: Track) -> None:
        self._place = track.notes.index("version_id") if "version_id" in track.notes else None

    @cached_property
    def _ranks(self) -> ranks.Ranks:
        return ranks.now()

    def is_same(self, value: Any, before: Sequence[Any], after: Sequence[Any]) -> bool:
        """Whether one value means the same by the notes before and after."""
        if self._place is None or not before or not after:
            return True
        versions = before[self._place], after[self._place]
        if None in versions or versions[0] == versions[1]:
            return True
        first, second = (self._ranks.code(value, one) for one in versions)
        return first == second


def _correct(
    track: Track, row: int, customer: int, began: date, value: Any, now: datetime, notes: tuple[Any, ...]
) -> list[Change]:
    """A row begun on this very day takes the new value, or goes away when that is the one before it."""
    before = track.rows.filter(customer_id=customer, valid_to=began).first()
    kept = tuple(getattr(before, name) for name in track.notes) if before is not None else ()
    unchanged = before is not None and getattr(before, track.column) == value
    if before is not None and unchanged and _Meanings(track).is_same(value, kept, notes):
        track.rows.filter(pk=row).delete()
        track.rows.filter(pk=before.pk).update(valid_to=None)
        return []
    noted = dict(zip(track.notes, notes, strict=False))
    track.rows.filter(pk=row).update(changed_at=now, **{track.column: value}, **noted)
    held = getattr(before, track.column) if before is not None else None
    return [_change(track, customer, held, kept, value, notes, began)]


def _change(
    track: Track,
    customer: int,
    before: Any,
    noted: tuple[Any, ...],
    after: Any,
    notes: tuple[Any, ...],
    day: date,
) -> Change:
    versions = [dict(zip(track.notes, each, strict=False)).get("version_id") for each in (noted, notes)]
    return Change(customer, track.column, before, after, day, *versions)


def close(track: Track, customer_ids: Iterable[int], day: date) -> None:
    """End the open rows of customers that are gone."""
    open_rows = track.rows.filter(customer_id__in=list(customer_ids), valid_to__isnull=True)
    open_rows.filter(valid_from__gte=day).delete()
    open_rows.update(valid_to=day)


def prepend(track: Track, past: Past, now: datetime) -> int:
    """Put reconstructed rows before the first row of each customer; returns the number of rows written.

    ``past`` holds, per customer, (day, value, notes) of each change, oldest first.
    """
    first = _first_rows(track, past)
    rows: list[tuple[Any, ...]] = []
    for customer, changes in past.items():
        rows += _reconstructed(track, customer, changes, first.get(customer))
    _insert(track, rows, now)
    return len(rows)


def _first_rows(track: Track, past: Past) -> dict[int, tuple[int, Any, date]]:
    """(row, value, first day) of the earliest row of each customer that has one."""
    rows = track.rows.filter(customer_id__in=past).order_by("customer_id", "-valid_from")
    found = rows.values_list("customer_id", "pk", track.column, "valid_from")
    return {customer: (row, value, began) for customer, row, value, began in found}


def _reconstructed(
    track: Track, customer: int, changes: list[Any], first: tuple[int, Any, date] | None
) -> list[tuple[Any, ...]]:
    ends = [day for day, _value, _notes in changes[1:]] + [first[2] if first else None]
    if first is not None and changes and changes[-1][1] == first[1]:
        track.rows.filter(pk=first[0]).update(valid_from=changes[-1][0])
        changes, ends = changes[:-1], ends[:-1]
    return [
        (customer, value, day, end, *notes) for (day, value, notes), end in zip(changes, ends, strict=True)
    ]
