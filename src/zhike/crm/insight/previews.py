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
FROM {relation} x WHERE profiled AND frequency > 0 AND hash(customer_id) % $parts = 0
"""
_COUNT = "SELECT COUNT(*) AS n FROM customers WHERE profiled AND frequency > 0"
_FLOWS = "SELECT tier_now, tier, COUNT(*) AS n FROM scores GROUP BY tier_now, tier"
_FLOWS_BESIDE = (
    "SELECT b.tier AS tier_now, s.tier AS tier, COUNT(*) AS n FROM scores s "
    "JOIN stood b ON b.customer_id = s.customer_id GROUP BY b.tier, s.tier"
)
#: What answers, and the relation of customers in it.
Source = tuple[Any, str]


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


def preview(
    settings: AnalysisSettings, *, before: Calibration | None = None, source: Source | None = None
) -> Preview:
    """Calibrate and evaluate the definition on the customers of the snapshot.

    Before is what is published, or what the calibration ``before`` gives: a model beside the primary one.
    ``source`` reads customers with more columns than the snapshot has.
    """
    if not snapshots.is_usable():
        raise NoAnalysisError
    reader, relation = source or (snapshots.reader(), "customers")
    as_of = int(snapshots.reader().meta()["as_of"])
    (total,) = reader.dicts(_COUNT)[0].values()
    parts = max(1, -(-total // SAMPLE))
    table = reader.arrow(_TABLE.format(relation=relation), {"parts": parts})
    with Session(threads=1, memory_limit="1GB") as session:
        session.load("features", table)
        calibration = calibrate(session, "features", settings)
        evaluate(session, "features", calibration, as_of, into="scores")
        if before is not None:
            evaluate(session, "features", before, as_of, into="stood")
        rows = session.rows(_FLOWS if before is None else _FLOWS_BESIDE)
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
