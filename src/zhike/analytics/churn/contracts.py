"""Churn of customers with a contract: active on the snapshot's day, cancelled within the horizon after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

NEW_DAYS = 30


def contract_snapshots(
    contracts: Any,
    at: Iterable[int],
    horizon: int,
    *,
    until: int,
    start: str = "start",
    end: str = "end",
) -> pa.Table:
    """Labelled snapshots of ``contracts`` (pandas, Arrow or mapping), one row per contract and day of ``at``.

    ``start`` and ``end`` are day numbers, ``end`` null while the contract runs. A row needs a contract that
    is active on the day and past its first 30 days; ``churned`` is 1 when it ends in (day, day + horizon].
    ``tenure_days`` is added, ``end`` is dropped, every other column is carried through: the caller vouches
    that it was known on the day. Raises ValueError for a label that ends after ``until``, the last day known.
    """
    days = sorted(int(day) for day in at)
    if days and days[-1] + horizon > until:
        raise ValueError("a label would end after the last day known")
    table = contracts if isinstance(contracts, pa.Table) else _table(contracts)
    began = table[start].to_numpy().astype(np.float64)
    ended = table[end].cast(pa.float64()).to_numpy()
    ended = np.where(np.isnan(ended), np.inf, ended)
    parts = []
    for day in days:
        rows = np.flatnonzero((began <= day - NEW_DAYS) & (ended > day))
        part = table.take(pa.array(rows)).drop_columns([end])
        added = {
            "snapshot": np.full(len(rows), day),
            "tenure_days": (day - began[rows]).astype(np.int64),
            "churned": (ended[rows] <= day + horizon).astype(np.int64),
        }
        for name, values in added.items():
            part = part.append_column(name, pa.array(values))
        parts.append(part)
    return pa.concat_tables(parts)


def _table(contracts: Any) -> pa.Table:
    if hasattr(contracts, "to_dict"):
        return pa.Table.from_pandas(contracts, preserve_index=False)
    return pa.table(dict(contracts))
