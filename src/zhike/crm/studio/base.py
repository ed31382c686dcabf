"""Today's customers with their features, as the last analysis published them, in a session for computing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from zhike.analytics import AnalysisSettings
from zhike.analytics.engine import Session
from zhike.analytics.engine.snapshot import CURRENT
from zhike.analytics.tiers.measures import PREDICTED
from zhike.crm.insight import extract, places, snapshots
from zhike.crm.insight.errors import NoAnalysisError
from zhike.crm.insight.extract import FLOAT, INT
from zhike.crm.prediction.models import CustomerPrediction

ATTEMPTS = 3
BOUGHT = "profiled AND frequency > 0"

PREDICTIONS = pa.schema(
    [
        ("customer_id", INT),
        ("p_active", FLOAT),
        ("expected_orders", FLOAT),
        ("clv", INT),
        ("churn_probability", FLOAT),
    ]
)
# What the evaluation itself makes out of the features.
_SCORES = (
    "r_score, f_score, m_score, rfm_segment, abc_class, lifecycle, expected_gap, overdue_ratio, tier, "
    "earned_tier, tier_score, raw_tier, pending_since, reasons, revenue_rank, revenue_share_cum, net_rank, "
    "net_share_cum"
)


@dataclass
class Base:
    """``features`` (one row per customer) and ``before`` (the tier each one earned) in ``session``."""

    session: Session
    as_of: int
    customers: int


@contextmanager
def opened(settings: AnalysisSettings | None = None, *more: Path) -> Iterator[Base]:
    """Open the last analysis; with predictions where the settings measure some.

    Raises NoAnalysisError while there is none.
    """
    if not snapshots.is_usable():
        raise NoAnalysisError
    with places.heavy_session(*more) as session:
        _attach(session)
        _offer(session, predicted=settings is None or measures_predictions(settings))
        ((as_of,),) = session.connection.execute("SELECT as_of FROM analysis.meta").fetchall()
        ((size,),) = session.connection.execute(f"SELECT COUNT(*) FROM features WHERE {BOUGHT}").fetchall()
        yield Base(session, int(as_of), int(size))


def measures_predictions(settings: AnalysisSettings) -> bool:
    return any(dimension.feature in PREDICTED for dimension in settings.tiers.dimensions)


def customers() -> int:
    """How many customers there are to evaluate."""
    if not snapshots.is_usable():
        raise NoAnalysisError
    return int(snapshots.reader().query(f"SELECT COUNT(*) FROM customers WHERE {BOUGHT}")[0][0])


def _attach(session: Session) -> None:
    """The published file; it may be replaced by a newer one while it is being opened."""
    import duckdb

    folder = places.snapshot_directory()
    for attempt in range(ATTEMPTS):
        try:
            path = str(folder / (folder / CURRENT).read_text(encoding="utf-8").strip()).replace("'", "''")
            session.connection.execute(f"ATTACH '{path}' AS analysis (READ_ONLY)")
            return
        except duckdb.IOException:
            if attempt + 1 == ATTEMPTS:
                raise


def _offer(session: Session, *, predicted: bool) -> None:
    run = session.connection.execute
    run(
        "CREATE OR REPLACE TEMPORARY VIEW before AS "
        "SELECT customer_id, owner_id, team_id, earned_tier, tier_score FROM analysis.customers"
    )
    if not predicted:
        run(
            "CREATE OR REPLACE TEMPORARY VIEW features AS "
            f"SELECT * EXCLUDE ({_SCORES}) FROM analysis.customers"
        )
        return
    extract.load(session, "predictions", predictions_sql(), PREDICTIONS)
    columns = ", ".join(f"{measure.sql} AS {name}" for name, measure in PREDICTED.items())
    run(
        "CREATE OR REPLACE TEMPORARY VIEW features AS "
        f"SELECT c.* EXCLUDE ({_SCORES}), {columns} FROM analysis.customers c "
        "LEFT JOIN predictions p ON p.customer_id = c.customer_id"
    )


def predictions_sql() -> str:
    """What the models published, money in units."""
    table = CustomerPrediction._meta.db_table
    return (
        f"SELECT t.customer_id AS customer_id, t.p_active AS p_active, t.expected_orders AS expected_orders, "
        f"{extract.units_sql('t.clv')} AS clv, t.churn_probability AS churn_probability FROM {table} t"
    )
