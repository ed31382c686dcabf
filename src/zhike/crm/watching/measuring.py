"""The figures of groups on a day, from who was in them (``spans``) and the lake's facts.

One text serves today and every past month end, so that a trend compares like with like.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa
from django.db import transaction

from zhike.analytics.engine import Session
from zhike.crm.insight import days, extract
from zhike.crm.watching.models import Metric
from zhike.platform.money import from_units

YEAR, QUARTER, MONTH = 365, 90, 30
_PREDICTED = pa.schema([("customer_id", pa.int64()), ("churn", pa.float64()), ("value_at_risk", pa.int64())])

_FIGURES = """
WITH now AS (SELECT * FROM spans WHERE start <= {day} AND (finish IS NULL OR finish > {day})),
month_before AS (
  SELECT kind, ref, customer_id FROM spans WHERE start <= {month} AND (finish IS NULL OR finish > {month})
), quarter_before AS (
  SELECT kind, ref, customer_id FROM spans WHERE start <= {quarter} AND (finish IS NULL OR finish > {quarter})
), year AS (
  SELECT customer_id, SUM(revenue - returned) AS net,
    SUM(revenue - returned) FILTER (cost IS NOT NULL) AS costed, SUM(revenue - returned - cost) AS margin,
    MAX(CASE WHEN purchase = 1 AND day > {quarter} THEN 1 ELSE 0 END) AS bought
  FROM facts WHERE day > {year} AND day <= {day} GROUP BY 1
), sums AS (
  SELECT n.kind, n.ref, COUNT(*) AS customers, COUNT(*) FILTER (b.customer_id IS NULL) AS entered,
    CAST(COALESCE(SUM(y.net), 0) AS BIGINT) AS net_revenue,
    CAST(COALESCE(SUM(y.costed), 0) AS BIGINT) AS costed,
    CAST(SUM(y.margin) AS BIGINT) AS margin, AVG(p.churn) AS churn_risk,
    CAST(SUM(p.value_at_risk) AS BIGINT) AS value_at_risk
  FROM now n LEFT JOIN year y ON y.customer_id = n.customer_id
  LEFT JOIN predicted p ON p.customer_id = n.customer_id
  LEFT JOIN month_before b ON b.kind = n.kind AND b.ref = n.ref AND b.customer_id = n.customer_id
  GROUP BY n.kind, n.ref
), gone AS (
  SELECT b.kind, b.ref, COUNT(*) AS count FROM month_before b
  ANTI JOIN now n ON n.kind = b.kind AND n.ref = b.ref AND n.customer_id = b.customer_id
  GROUP BY b.kind, b.ref
), came_back AS (
  SELECT q.kind, q.ref, COUNT(*) AS watched, COUNT(*) FILTER (y.bought = 1) AS kept
  FROM quarter_before q LEFT JOIN year y ON y.customer_id = q.customer_id GROUP BY q.kind, q.ref
), known AS (SELECT kind, ref, MIN(start) AS since FROM spans GROUP BY kind, ref)
SELECT k.kind, k.ref, COALESCE(s.customers, 0) AS customers, s.net_revenue, s.costed, s.margin,
  s.churn_risk, s.value_at_risk,
  CASE WHEN k.since <= {month} THEN COALESCE(s.entered, 0) END AS entered,
  CASE WHEN k.since <= {month} THEN COALESCE(g.count, 0) END AS "left",
  CASE WHEN k.since <= {quarter} THEN COALESCE(c.watched, 0) END AS watched,
  CASE WHEN k.since <= {quarter} THEN COALESCE(c.kept, 0) END AS kept
FROM known k LEFT JOIN sums s ON s.kind = k.kind AND s.ref = k.ref
LEFT JOIN gone g ON g.kind = k.kind AND g.ref = k.ref
LEFT JOIN came_back c ON c.kind = k.kind AND c.ref = k.ref
WHERE k.since <= {day} ORDER BY k.kind, k.ref
"""
_BUYERS = "SELECT COUNT(DISTINCT customer_id) FROM facts WHERE purchase = 1 AND day <= {day}"
_MONEY = ("net_revenue", "costed", "margin", "value_at_risk")
_WRITTEN = (
    *("version", "population", "customers", "net_revenue", "costed", "margin", "watched", "kept"),
    *("churn_risk", "value_at_risk", "entered", "left", "reconstructed", "written_at"),
)


def load_predictions(session: Session, *, known: bool) -> None:
    """``predicted``: what the models say now; empty where a day of the past is measured."""
    text = (
        "SELECT p.customer_id AS customer_id, p.churn_probability AS churn, "
        f"{extract.units_sql('p.value_at_risk')} AS value_at_risk FROM prediction_customerprediction p"
    )
    extract.load(session, "predicted", text if known else f"{text} WHERE 1 = 0", _PREDICTED)


def figures(session: Session, day: int) -> list[dict[str, Any]]:
    """One row per group of ``spans`` that was known by the day. Needs ``facts`` and ``predicted``."""
    places = {"day": day, "month": day - MONTH, "quarter": day - QUARTER, "year": day - YEAR}
    found = session.connection.execute(
        _FIGURES.format(**{name: int(value) for name, value in places.items()})
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def buyers(session: Session, day: int) -> int:
    """Customers with a purchase by the day."""
    return int(session.connection.execute(_BUYERS.format(day=int(day))).fetchall()[0][0])


@transaction.atomic
def write(
    rows: Iterable[dict[str, Any]],
    day: date,
    *,
    population: int,
    versions: dict[tuple[str, int], int],
    reconstructed: bool = False,
) -> int:
    """Keep the figures of a day; written again they replace what was there."""
    found = [
        Metric(
            day=day,
            population=population,
            version=versions.get((row["kind"], row["ref"])),
            reconstructed=reconstructed,
            **{**row, **{name: from_units(row[name]) for name in _MONEY}},
        )
        for row in rows
    ]
    Metric.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["kind", "ref", "day"],
        update_fields=list(_WRITTEN),
    )
    return len(found)


def month_ends(as_of: date) -> list[date]:
    """The month ends of the past two years, oldest first."""
    return days.month_ends(as_of, 24)
