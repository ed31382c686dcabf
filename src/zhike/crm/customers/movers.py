"""What hangs on a customer and how it goes along in a merge.

By default every table that points to a customer moves: a row stays behind (and comes back with an undo)
where the survivor already has one of the same kind, as its unique constraints say. Rooms that know better
register a mover of their own in ``AppConfig.ready()``, or say that their rows stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, UniqueConstraint

from zhike.crm.customers.models import Customer
from zhike.platform.columns import column_of

Move = Callable[[Customer, Customer], Any]
Restore = Callable[[Customer, Customer, Any], None]


@dataclass(frozen=True)
class Mover:
    """``move(survivor, merged)`` gives what ``restore(survivor, merged, noted)`` needs, as plain JSON."""

    name: str
    move: Move
    restore: Restore


MOVERS: dict[str, Mover] = {}
#: Tables whose rows stay with the merged record, and why.
STAYS: dict[str, str] = {
    "customers.customer": "records that were merged into the merged one lead there, and so to the survivor",
    "customers.merge": "each tells of its own two records",
    "customers.fieldconflict": "each is about a field of that record",
    "customers.ownerhistory": "each record has its own past",
}


def register(mover: Mover, *, instead_of: str = "") -> None:
    """Add a mover; ``instead_of`` names the table (``app.model``) whose default it replaces."""
    MOVERS[mover.name] = mover
    if instead_of:
        STAYS[instead_of] = mover.name


def stays(label: str, reason: str) -> None:
    """Rows of this table (``app.model``) are not moved."""
    STAYS[label] = reason


def all_movers() -> Iterator[Mover]:
    """The defaults in a fixed order, then the registered ones."""
    for model, field in sorted(relations(), key=lambda pair: (pair[0]._meta.label_lower, pair[1])):
        if model._meta.label_lower not in STAYS:
            yield rows_mover(model, field)
    yield from MOVERS.values()


def relations() -> list[tuple[type[Model], str]]:
    """Every table with a foreign key to a customer (that of the tags too), and the name of that key."""
    fields: list[Any] = list(Customer._meta.get_fields(include_hidden=True))
    found = [field for field in fields if field.auto_created and (field.one_to_many or field.one_to_one)]
    return [(field.related_model, field.field.name) for field in found]


def rows_mover(model: type[Model], field: str = "customer") -> Mover:
    """Rows of one table go over, except those that the survivor has already."""

    def move(survivor: Customer, merged: Customer) -> list[int]:
        mine = model._base_manager.filter(**{field: merged})
        clash = _clash(model, field, survivor)
        rows = mine.exclude(pk__in=mine.filter(clash).values("pk")) if clash else mine
        numbers = list(rows.order_by("pk").values_list("pk", flat=True))
        _point(model, field, numbers, merged, survivor)
        return numbers

    def restore(survivor: Customer, merged: Customer, noted: list[int]) -> None:
        _point(model, field, noted, survivor, merged)

    return Mover(f"{model._meta.label_lower}.{field}", move, restore)


BATCH = 5_000


def _point(model: type[Model], field: str, numbers: list[int], old: Customer, new: Customer) -> None:
    """Rows that meanwhile belong to somebody else are left alone."""
    for start in range(0, len(numbers), BATCH):
        some = numbers[start : start + BATCH]
        model._base_manager.filter(pk__in=some, **{field: old}).update(**{field: new})


def _clash(model: type[Model], field: str, survivor: Customer) -> Q | None:
    """Rows that would break a unique constraint at the survivor."""
    parts = []
    theirs = model._base_manager.filter(**{field: survivor})
    for names in _unique_with(model, field):
        if not names:
            parts.append(Q(pk__isnull=False) if theirs.exists() else Q(pk__in=[]))
            continue
        for values in theirs.values_list(*names):
            if None not in values:
                parts.append(Q(**dict(zip(names, values, strict=True))))
    return reduce(or_, parts) if parts else None


def _unique_with(model: type[Model], field: str) -> list[tuple[str, ...]]:
    """The other fields of every unique constraint that names the customer."""
    meta = model._meta
    found = [c.fields for c in meta.constraints if isinstance(c, UniqueConstraint) and field in c.fields]
    found += [tuple(names) for names in meta.unique_together if field in names]
    if column_of(model, field).unique:
        found.append((field,))
    return [tuple(name for name in names if name != field) for names in found]
