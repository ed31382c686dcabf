"""From chosen customers and variables to the table that a recipe works on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.http import QueryDict

from zhike.analytics.workbench import Data
from zhike.crm.customers.models import Customer
from zhike.crm.insight import queries as insight
from zhike.crm.insight import snapshots
from zhike.crm.insight.days import day_of
from zhike.crm.portfolio import filters, own_filters
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.workbench.catalogue import CUSTOM, PREDICTION, SNAPSHOT, Entry

UNITS_PER_CURRENCY = 10_000
#: Of an address, what says how a list looks rather than who is in it.
ASIDE = frozenset({"sort", "columns", "cursor", "recipe"})


class NothingPublished(LookupError):
    """No analysis run has published features yet."""


@dataclass(frozen=True)
class Frame:
    """``ids`` stand beside the rows of ``data``; ``excluded`` are customers exempt from profiling."""

    ids: Any
    data: Data
    as_of: date
    excluded: int
    digest: str


def selection(query: QueryDict) -> str:
    """Of an address, what chooses customers."""
    copy = QueryDict(mutable=True)
    for name, values in query.lists():
        if name not in ASIDE and (name in filters.PARAMETERS or name.startswith(own_filters.PREFIX)):
            copy.setlist(name, [value for value in values if value])
    return copy.urlencode()


def chosen(user: Any, query: str) -> QuerySet[Customer]:
    """The customers of an address within the user's row scope."""
    return portfolio.filtered(user, QueryDict(query))


def build(user: Any, query: str, entries: Sequence[Entry]) -> Frame:
    """The table of the chosen customers that have bought and may be profiled."""
    if not snapshots.is_usable():
        raise NothingPublished
    customers = chosen(user, query).order_by()
    # Read from the store: who asks not to be profiled is left out at once, not after the next run.
    numbers = customers.filter(no_profiling=False).values_list("pk", flat=True)
    wanted = np.fromiter(numbers.iterator(), dtype=np.int64)
    wanted.sort()
    names = [entry.column for entry in entries if entry.source == SNAPSHOT]
    table = _snapshot(names)
    present, profiled = np.isin(table["customer_id"], wanted), table["profiled"].astype(bool)
    rows = np.flatnonzero(present & profiled & (table["frequency"] > 0))
    rows = rows[np.argsort(table["customer_id"][rows], kind="stable")]
    ids = table["customer_id"][rows]
    columns = {entry.name: _column(entry, table, rows, ids) for entry in entries}
    order = table["first_order"][rows].astype(np.float64)
    as_of = day_of(insight.snapshot().meta()["as_of"])
    assert as_of is not None
    data = Data([entry.variable for entry in entries], columns, order=order)
    data.rows = len(ids)
    return Frame(ids, data, as_of, customers.filter(no_profiling=True).count(), _digest(ids, columns))


def _snapshot(names: Sequence[str]) -> dict[str, Any]:
    """Columns of the published snapshot; the names come from the catalogue."""
    always = ("customer_id", "profiled", "frequency", "first_order")
    text = ", ".join(f'"{name}"' for name in dict.fromkeys([*always, *names]))
    table = insight.snapshot().arrow(f"SELECT {text} FROM customers")
    return {name: _numpy(table[name]) for name in table.column_names}


def _numpy(column: Any) -> Any:
    return column.to_pandas().to_numpy()


def _column(entry: Entry, table: Mapping[str, Any], rows: Any, ids: Any) -> Any:
    if entry.source == PREDICTION:
        return _aligned(ids, CustomerPrediction.objects.values_list("customer_id", entry.column))
    if entry.source == CUSTOM:
        return _own(entry, ids)
    values = table[entry.column][rows]
    if entry.variable.kind == "category":
        return _texts(values)
    values = values.astype(np.float64)
    return values / UNITS_PER_CURRENCY if entry.variable.unit == "money" else values


def _texts(values: Any) -> Any:
    """Levels as text, whole numbers without a point."""
    texts = [None if value is None or value != value else _text(value) for value in values.tolist()]
    return np.array(texts, dtype=object)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def _aligned(ids: Any, pairs: Any) -> Any:
    """Numbers by customer in the order of ``ids``, NaN where there is none."""
    found = {pk: _float(value) for pk, value in pairs.iterator()}
    return np.array([found.get(int(pk), np.nan) for pk in ids], dtype=np.float64)


def _float(value: Any) -> float:
    return (
        float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else np.nan
    )


def _own(entry: Entry, ids: Any) -> Any:
    rows = Customer.objects.exclude(custom={}).values_list("pk", "custom")
    found = {pk: (custom or {}).get(entry.column) for pk, custom in rows.iterator()}
    values = [found.get(int(pk)) for pk in ids]
    if entry.variable.kind == "number":
        return np.array([_float(value) for value in values], dtype=np.float64)
    return np.array([str(v).lower() if isinstance(v, bool) else v for v in values], dtype=object)


def _digest(ids: Any, columns: Mapping[str, Any]) -> str:
    found = hashlib.sha256(np.ascontiguousarray(ids).tobytes())
    for name, values in sorted(columns.items()):
        found.update(name.encode())
        found.update(values.tobytes() if values.dtype != object else "\x00".join(map(str, values)).encode())
    return found.hexdigest()[:16]
