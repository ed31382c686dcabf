"""The recency-frequency-monetary table: one row per customer in exact integer days.

``x`` counts distinct purchase days after the first, ``t_x`` is the age at the last purchase and ``T`` the
age at the end of observation. Purchases of one day are one; returns and unpriced rows do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zhike.analytics.clv.groups import DataError, Floats, Integers
from zhike.analytics.clv.horizons import day_number

_COLUMNS = ("x", "t_x", "T", "mean_spend", "spend", "first_day")


@dataclass(frozen=True)
class Split:
    """``calibration`` up to a day, and what its customers did after it: aligned arrays of shape (n,)."""

    calibration: RFMTable
    purchases: Integers
    spend: Floats
    # What customers spent in the hold-out who had not bought before it.
    spend_of_new: float


class RFMTable(Mapping[str, Any]):
    """A mapping of columns, as the models read it; made by :meth:`from_events`.

    Columns of shape (n,): ``customer_id``; ``x``, ``t_x``, ``T`` in days; ``first_day`` since 1970-01-01;
    ``mean_spend`` per purchase day, first one included; ``spend`` in all.
    """

    def __init__(self, days: pa.Table, until: date) -> None:
        self.days = days
        self.until = until

    @classmethod
    def from_events(
        cls,
        events: Any,
        *,
        customer: str = "customer_id",
        when: str = "date",
        amount: str | None = None,
        until: date | None = None,
    ) -> RFMTable:
        """From one row per order or line: data frame, Arrow table or mapping of columns.

        ``when`` holds dates, timestamps (their own zone's date counts) or ISO text. Rows after ``until``
        (default: the last day seen) do not count. Raises :class:`DataError` for missing columns and
        unreadable dates.
        """
        table = _arrow(events)
        days = _purchase_days(table, customer, when, amount)
        if not days.num_rows:
            raise DataError("no purchase to learn from")
        end = until or pc.max(days["day"]).cast(pa.date32()).as_py()
        days = days.filter(pc.less_equal(days["day"], day_number(end)))
        return cls(_merged(days), end)

    def update(self, events: Any, *, until: date | None = None, **columns: Any) -> RFMTable:
        """With later (or late) events added: equal to building from all events at once."""
        more = RFMTable.from_events(events, until=until, **columns)
        days = _merged(pa.concat_tables([self.days, more.days.cast(self.days.schema)]))
        return RFMTable(days, until or max(self.until, more.until))

    def sample(self, size: int, seed: int = 0) -> RFMTable:
        """The histories of ``size`` customers drawn at random (all, if there are no more)."""
        customers = self["customer_id"]
        if len(customers) <= size:
            return self
        chosen = np.random.default_rng(seed).choice(len(customers), size, replace=False)
        kept = pc.is_in(self.days["customer_id"], value_set=customers.take(pa.array(np.sort(chosen))))
        return RFMTable(self.days.filter(kept).combine_chunks(), self.until)

    def split(self, at: date, until: date | None = None) -> Split:
        """Calibration up to and with ``at``, hold-out after it up to and with ``until``."""
        end = until or self.until
        day, border = self._day, day_number(at)
        if not (day <= border).any():
            raise DataError(f"no purchase up to {at}")
        calibration = RFMTable(self.days.filter(pa.array(day <= border)), at)
        later = (day > border) & (day <= day_number(end))
        known = calibration.customer_positions(self.days["customer_id"].filter(pa.array(later)))
        amounts = self._amount[later]
        old = known >= 0
        size = len(calibration["x"])
        return Split(
            calibration,
            np.bincount(known[old], minlength=size),
            np.bincount(known[old], amounts[old], size).astype(np.float64),
            float(amounts[~old].sum()),
        )

    def customer_positions(self, customers: Any) -> Integers:
        """Row of each customer in this table, -1 for strangers."""
        found = pc.index_in(customers, value_set=self["customer_id"])
        return pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)

    def spend_columns(self, *, include_first: bool) -> dict[str, Floats]:
        """``x`` and ``mean_spend`` as the spend model reads them, with or without the first purchase."""
        columns = self._columns
        if include_first:
            return {"x": columns["x"] + 1.0, "mean_spend": columns["mean_spend"]}
        rest = columns["spend"] - self._amount[self._starts]
        x = columns["x"].astype(np.float64)
        return {"x": x, "mean_spend": np.where(x > 0, np.maximum(rest, 0) / np.maximum(x, 1), 0.0)}

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Any:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    @cached_property
    def _day(self) -> NDArray[np.int32]:
        return self.days["day"].to_numpy()

    @cached_property
    def _amount(self) -> Floats:
        return self.days["amount"].to_numpy()

    @cached_property
    def _starts(self) -> Integers:
        """Row of each customer's first day; rows are sorted by customer and day."""
        code = self.days["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
        return np.flatnonzero(np.concatenate([[True], code[1:] != code[:-1]]))

    @cached_property
    def _columns(self) -> dict[str, Any]:
        starts, day = self._starts, self._day
        ends = np.concatenate([starts[1:], [len(day)]])
        first, last = day[starts], day[ends - 1]
        spend = np.add.reduceat(self._amount, starts)
        counts = ends - starts
        values = (
            (counts - 1).astype(np.int32), last - first, day_number(self.until) - first,
            spend / counts, spend, first,
        )  # fmt: skip
        customers = self.days["customer_id"].combine_chunks().take(pa.array(starts))
        return {"customer_id": customers, **dict(zip(_COLUMNS, values, strict=True))}


def _arrow(events: Any) -> pa.Table:
    if isinstance(events, pa.Table):
        return events
    if hasattr(events, "to_arrow"):
        return events.to_arrow()
    if hasattr(events, "iloc"):
        return pa.Table.from_pandas(events, preserve_index=False)
    return pa.table(dict(events))


def _purchase_days(table: pa.Table, customer: str, when: str, amount: str | None) -> pa.Table:
    for name in (customer, when, *([amount] if amount else [])):
        if name not in table.column_names:
            raise DataError(f"column {name!r} is missing")
    amounts = table[amount].cast(pa.float64()) if amount else pa.chunked_array([np.ones(table.num_rows)])
    days = pa.table({"customer_id": table[customer], "day": _days(table[when], when), "amount": amounts})
    known = pc.and_(pc.is_valid(days["customer_id"]), pc.is_valid(days["day"]))
    return days.filter(pc.and_(known, pc.fill_null(pc.greater(days["amount"], 0), False)))


def _days(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    try:
        if pa.types.is_timestamp(kind) and kind.tz:
            column = pc.local_timestamp(column)
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column = pc.utf8_slice_codeunits(column, 0, 10)
        return column.cast(pa.date32(), safe=False).cast(pa.int32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"column {name!r} holds no dates such as 2026-11-21: {error}") from error


def _merged(days: pa.Table) -> pa.Table:
    """One row per customer and day, sorted by both."""
    merged = days.group_by(["customer_id", "day"]).aggregate([("amount", "sum")])
    merged = merged.rename_columns(["customer_id", "day", "amount"])
    return merged.sort_by([("customer_id", "ascending"), ("day", "ascending")]).combine_chunks()
