"""What a changed definition of tiers would do: everybody evaluated afresh from the last snapshot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from zhike.analytics import AnalysisSettings, Calibration, Session, calibrate, evaluate
from zhike.crm.insight import snapshots
from zhike.crm.insight.errors import NoAnalysisError

# Above this size the preview looks at a part of the customers and scales its counts.
SAMPLE = 300_000

_TABLE = """
SELECT * EXCLUDE (r_score, f_score, m_score, rfm_segment, abc_class, lifecycle, expected_gap, overdue_ratio,
  tier_score, raw_tier, pending_since, reasons, revenue_rank, revenue_share_cum, net_rank, net_share_cum,
  tier), tier AS tier_now
FROM customers WHERE profiled AND frequency > 0 AND hash(customer_id) % $parts = 0
"""


@dataclass(frozen=True)
class Preview:
    """Counts by rank before and after, flows (before, after, customers), and warnings in both languages.

    A fall shows at once here; in force it comes after the grace period.
    """

    customers: int
    moved: int
    counts_before: dict[int, int]
    counts_after: dict[int, int]
    flows: list[tuple[int, int, int]]
    guards: tuple[Any, ...]
    as_of: int
    sampled: bool
    calibration: Calibration


def preview(settings: AnalysisSettings) -> Preview:
    """Calibrate and evaluate the definition on the customers of the snapshot."""
    reader = snapshots.reader()
    if not reader.available:
        raise NoAnalysisError
    as_of = int(reader.meta()["as_of"])
    total = int(reader.query("SELECT COUNT(*) FROM customers WHERE profiled AND frequency > 0")[0][0])
    parts = max(1, -(-total // SAMPLE))
    table = reader.arrow(_TABLE, {"parts": parts})
    with Session(threads=1, memory_limit="1GB") as session:
        session.load("features", table)
        calibration = calibrate(session, "features", settings)
        evaluate(session, "features", calibration, as_of, into="scores")
        rows = session.rows("SELECT tier_now, tier, COUNT(*) AS n FROM scores GROUP BY tier_now, tier")
    return _summed(rows, parts, calibration, as_of)


def _summed(rows: list[Any], parts: int, calibration: Calibration, as_of: int) -> Preview:
    before: Counter[int] = Counter()
    after: Counter[int] = Counter()
    for source, target, count in rows:
        before[source] += count * parts
        after[target] += count * parts
    return Preview(
        customers=sum(before.values()),
        moved=sum(count * parts for source, target, count in rows if source != target),
        counts_before=dict(before),
        counts_after=dict(after),
        flows=sorted((source, target, count * parts) for source, target, count in rows),
        guards=calibration.guards,
        as_of=as_of,
        sampled=parts > 1,
        calibration=calibration,
    )
