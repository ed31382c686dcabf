"""Orders as labelled snapshots: what was known on a day, and who bought nothing in the H days after.

A snapshot holds everybody with a purchase up to its day. One statement computes all snapshots.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from zhike.analytics.churn.features import COMPUTED, FEATURES
from zhike.analytics.engine.session import Session, identifier
from zhike.analytics.features.catalogue import AGGREGATE, DERIVED

MIN_HORIZON, MAX_HORIZON = 90, 730
NEW_DAYS = 30
MAX_SNAPSHOTS = 5
# A snapshot needs some history to look back on.
MIN_HISTORY = 60
# Customers are drawn by a permutation of their numbers modulo a prime: the same ones on every engine.
PRIME, FACTOR = 1_000_003, 314_159


def default_horizon(session: Session, facts: str, as_of: int) -> int:
    """max(90 days, the 90th percentile of the pauses between purchases): silent for longer is gone."""
    rows = session.rows(
        f"SELECT gap_days, COUNT(*) AS pauses FROM {identifier(facts)} "
        f"WHERE gap_days IS NOT NULL AND day <= {int(as_of)} GROUP BY gap_days"
    )
    if not rows:
        return MIN_HORIZON
    gaps, counts = (np.array(column) for column in zip(*sorted(rows), strict=True))
    percentile = gaps[np.searchsorted(np.cumsum(counts), 0.9 * counts.sum())]
    return int(min(max(MIN_HORIZON, percentile), MAX_HORIZON))


def snapshot_days(session: Session, facts: str, as_of: int, horizon: int) -> list[int]:
    """Days of labelled snapshots, oldest first: the last one's labels end on ``as_of``.

    A month or a third of the horizon apart, so that the oldest labels end before the newest snapshot.
    """
    (first,) = session.rows(f"SELECT MIN(day) AS first FROM {identifier(facts)} WHERE purchase = 1")[0]
    if first is None:
        return []
    step = max(30, math.ceil(horizon / 3))
    days = [as_of - horizon - step * back for back in range(MAX_SNAPSHOTS)]
    return sorted(day for day in days if day >= first + MIN_HISTORY)


def labelled(session: Session, facts: str, days: Sequence[int], horizon: int, share: float = 1.0) -> pa.Table:
    """Features and label of the snapshots: customer_id, snapshot, the features, churned (0 or 1).

    Only customers past their first 30 days; ``share`` of them all, always the same ones.
    """
    text = features_sql(facts, days, horizon=horizon, share=share)
    return session.sql(f"SELECT * FROM ({text}) AS known WHERE tenure_days >= {NEW_DAYS}")


def features_sql(facts: str, days: Sequence[int], *, horizon: int | None = None, share: float = 1.0) -> str:
    """The portable SELECT: one row per customer and snapshot, with the label when ``horizon`` is given."""
    source = identifier(facts)
    snapshots = " UNION ALL ".join(f"SELECT CAST({int(day)} AS INT) AS snapshot" for day in days)
    drawn = (
        f"customer_id % {PRIME} * {FACTOR} % {PRIME} < {math.ceil(share * PRIME)}" if share < 1 else "TRUE"
    )
    inputs = "customer_id, day, purchase, revenue, returned, category_mask, first_of_day, gap_days"
    known = (
        f"known AS (SELECT s.snapshot, {inputs} FROM {source} AS f "
        f"JOIN snapshots AS s ON f.day <= s.snapshot WHERE {drawn})"
    )
    sums = (
        f"sums AS (SELECT customer_id, snapshot, {_columns(AGGREGATE)} FROM known "
        "GROUP BY customer_id, snapshot)"
    )
    bases = ", ".join(f"sums.{f.name}" for f in FEATURES.values() if f.source == AGGREGATE)
    columns = f"sums.customer_id, sums.snapshot, {bases}, {_columns(DERIVED)}"
    if horizon is None:
        return (
            f"WITH snapshots AS ({snapshots}), {known}, {sums} "
            f"SELECT {columns} FROM sums WHERE sums.first_order IS NOT NULL"
        )
    back = (
        f"back AS (SELECT f.customer_id, s.snapshot, COUNT(*) AS orders FROM {source} AS f "
        f"JOIN snapshots AS s ON f.day > s.snapshot AND f.day <= s.snapshot + {int(horizon)} "
        f"WHERE f.purchase = 1 AND {drawn} GROUP BY f.customer_id, s.snapshot)"
    )
    return (
        f"WITH snapshots AS ({snapshots}), {known}, {sums}, {back} "
        f"SELECT {columns}, CASE WHEN back.orders IS NULL THEN 1 ELSE 0 END AS churned FROM sums "
        "LEFT JOIN back ON back.customer_id = sums.customer_id AND back.snapshot = sums.snapshot "
        "WHERE sums.first_order IS NOT NULL"
    )


def _columns(source: str) -> str:
    return ", ".join(
        f"CAST({f.sql.format(as_of='snapshot' if source == AGGREGATE else 'sums.snapshot')} AS {f.type}) "
        f"AS {f.name}"
        for f in COMPUTED.values()
        if f.source == source
    )
