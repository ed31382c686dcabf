"""The published snapshot: what goes into it, and the reader that every page uses."""

from __future__ import annotations

from functools import lru_cache

from zhike.analytics.engine import Session, SnapshotReader
from zhike.analytics.engine.snapshot import NoSnapshotError, publish
from zhike.crm.insight import places, snapshot_tables
from zhike.crm.insight.models import Version
from zhike.platform.models import Installation

MONTHS = 25
# Raised whenever the tables of a snapshot change: one of another layout is as good as none.
LAYOUT = 2

_CUSTOMERS = """
CREATE OR REPLACE TABLE snapshot_customers AS
SELECT s.* EXCLUDE (opening_tier, opening_pending_since),
  r.revenue_rank, r.revenue_share_cum, r.net_rank, r.net_share_cum
FROM scores s LEFT JOIN (
  SELECT customer_id,
    ROW_NUMBER() OVER (ORDER BY revenue DESC, customer_id) AS revenue_rank,
    SUM(revenue) OVER (ORDER BY revenue DESC) / CAST(NULLIF(SUM(revenue) OVER (), 0) AS DOUBLE)
      AS revenue_share_cum,
    ROW_NUMBER() OVER (ORDER BY net_revenue DESC, customer_id) AS net_rank,
    SUM(net_revenue) OVER (ORDER BY net_revenue DESC) / CAST(NULLIF(SUM(net_revenue) OVER (), 0) AS DOUBLE)
      AS net_share_cum
  FROM scores WHERE frequency > 0
) r ON r.customer_id = s.customer_id
ORDER BY s.customer_id
"""

_MONTHS = """
CREATE OR REPLACE TABLE snapshot_months AS
SELECT f.customer_id, CAST(strftime(DATE '1970-01-01' + f.day, '%Y%m') AS INTEGER) AS month,
  CAST(SUM(f.purchase) AS INTEGER) AS orders, CAST(SUM(f.revenue) AS BIGINT) AS revenue,
  CAST(SUM(f.returned) AS BIGINT) AS returned
FROM facts f SEMI JOIN customers c ON c.customer_id = f.customer_id
WHERE f.day <= {as_of}
  AND DATE '1970-01-01' + f.day >= date_trunc('month', DATE '1970-01-01' + {as_of}) - INTERVAL {months} MONTH
GROUP BY ALL
"""


def write(session: Session, *, version: Version, as_of: int, run_id: int) -> str:
    """Publish the evaluated base of the session as the new snapshot; returns its file name."""
    session.connection.execute(_CUSTOMERS)
    session.connection.execute(_MONTHS.format(as_of=int(as_of), months=MONTHS - 1))
    fiscal = snapshot_tables.fiscal_days(as_of, Installation.current().fiscal_year_start)
    extra = snapshot_tables.extra_tables(
        session, customers="snapshot_customers", months="snapshot_months", as_of=as_of, fiscal=fiscal
    )
    tables = {"customers": "snapshot_customers", "months": "snapshot_months", **extra}
    info = publish(
        places.snapshot_directory(),
        session,
        tables,
        version=str(version.number),
        as_of=as_of,
        extra={
            "run": run_id,
            "version_id": version.pk,
            "layout": LAYOUT,
            "fiscal": fiscal,
            "year_ago": True,
        },
    )
    for name in tables.values():
        session.drop(name)
    return info.path.name


def reader() -> SnapshotReader:
    """The process's reader of the current snapshot."""
    return _reader(str(places.snapshot_directory()))


def is_usable() -> bool:
    """Whether a snapshot is there whose tables this version of the product knows."""
    try:
        return reader().meta()["extra"].get("layout") == LAYOUT
    except NoSnapshotError:
        return False


@lru_cache(maxsize=4)
def _reader(directory: str) -> SnapshotReader:
    return SnapshotReader(directory)
