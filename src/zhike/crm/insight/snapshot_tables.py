"""Tables that the screens read beside the customers: periods compared, months summed, and the state before.

They are built while the snapshot is made, so that no page has to look at orders or at the whole history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import pyarrow as pa

from zhike.analytics.engine import Session
from zhike.crm.insight import days, extract

# Days of the periods that the screens compare, each with the period of equal length before it and, where it
# is shorter than a year, with the same days of the year before.
PERIODS = (30, 90, 365)
YEAR = 365
#: ``back`` of the same days of the year before; 0 is the period itself, 1 the one before it.
YEAR_AGO = 2
# So many days back the stages of the past are published: two years of month ends.
STAGES_BACK = 762

# One span of days at a time: joined to the spans, every order would be carried once for each of them.
_SPAN_SUMS = """
SELECT f.customer_id, {period} AS period, CAST({back} AS TINYINT) AS back,
  CAST(SUM(f.purchase) AS INTEGER) AS orders, CAST(SUM(f.first_of_day) AS INTEGER) AS purchase_days,
  CAST(SUM(f.revenue) AS BIGINT) AS revenue, CAST(SUM(f.revenue - f.returned) AS BIGINT) AS net_revenue,
  CAST(COALESCE(SUM(f.revenue - f.returned) FILTER (f.cost IS NOT NULL), 0) AS BIGINT) AS costed,
  CAST(COALESCE(SUM(f.revenue - f.returned - f.cost), 0) AS BIGINT) AS margin
FROM facts f SEMI JOIN customers c ON c.customer_id = f.customer_id
WHERE f.day BETWEEN {start} AND {finish}
GROUP BY f.customer_id
"""

# Margin of the orders whose cost is known, and how much net revenue they stand for.
_COSTED = """
CREATE OR REPLACE TABLE snapshot_costed AS
SELECT f.customer_id, CAST(SUM(f.revenue - f.returned) AS BIGINT) AS costed,
  CAST(SUM(f.revenue - f.returned - f.cost) AS BIGINT) AS margin
FROM facts f SEMI JOIN customers c ON c.customer_id = f.customer_id
WHERE f.day <= {as_of} AND f.cost IS NOT NULL GROUP BY 1
"""

# Months by owner and team: the whole company's trend without touching its customers.
_MONTHLY = """
CREATE OR REPLACE TABLE snapshot_monthly AS
SELECT m.month, c.owner_id, c.team_id, COUNT(*) FILTER (m.orders > 0) AS customers,
  CAST(SUM(m.orders) AS BIGINT) AS orders, CAST(SUM(m.revenue - m.returned) AS BIGINT) AS net_revenue
FROM {months} m JOIN {customers} c ON c.customer_id = m.customer_id
GROUP BY ALL
"""

# Every span of a tier, as it stands once this run is published: what is stored, the past of newcomers that
# the run is about to write, and what changed today. ``finish`` is open (NULL) for the tier held now.
_SPANS = """
CREATE OR REPLACE TABLE snapshot_spans AS
WITH stored AS (
  SELECT customer_id, tier, start, finish FROM stored_tiers
  UNION ALL
  SELECT x.customer_id, x.tier, x.day, COALESCE(LEAD(x.day) OVER w, b.day)
  FROM past_changes x LEFT JOIN history_starts b ON b.customer_id = x.customer_id
  WHERE x.tier IS NOT NULL WINDOW w AS (PARTITION BY x.customer_id ORDER BY x.day)
), compared AS (
  SELECT s.*, c.tier AS now FROM stored s JOIN {customers} c ON c.customer_id = s.customer_id
)
SELECT customer_id, CAST(tier AS SMALLINT) AS tier, CAST(start AS INTEGER) AS start,
  CAST(CASE WHEN finish IS NULL AND tier <> now THEN {as_of} ELSE finish END AS INTEGER) AS finish
FROM compared WHERE NOT (finish IS NULL AND tier <> now AND start >= {as_of})
UNION ALL
SELECT c.customer_id, c.tier, {as_of}, NULL FROM {customers} c
LEFT JOIN stored s ON s.customer_id = c.customer_id AND s.finish IS NULL
WHERE (s.tier IS NULL AND c.tier > 0) OR s.tier <> c.tier
"""

# The state before each period. A stage of the past is the closed span that covers the day, or today's when it
# began before; newcomers' past is only being written by this run.
_PAST = """
CREATE OR REPLACE TABLE snapshot_past AS
SELECT c.customer_id, p.period, COALESCE(t.tier, 0) AS tier,
  COALESCE(s.lifecycle, CASE WHEN b.day <= p.day THEN q.lifecycle END, n.lifecycle, '') AS lifecycle
FROM {customers} c CROSS JOIN past_days p
LEFT JOIN snapshot_spans t
  ON t.customer_id = c.customer_id AND t.start <= p.day AND (t.finish IS NULL OR t.finish > p.day)
LEFT JOIN published q ON q.customer_id = c.customer_id
LEFT JOIN history_starts b ON b.customer_id = c.customer_id
LEFT JOIN ended_stages s ON s.customer_id = c.customer_id AND s.start <= p.day AND s.finish > p.day
LEFT JOIN (
  SELECT p.period, x.customer_id, LAST(x.lifecycle ORDER BY x.day) AS lifecycle
  FROM past_changes x JOIN past_days p ON x.day <= p.day WHERE x.lifecycle IS NOT NULL GROUP BY ALL
) n ON n.customer_id = c.customer_id AND n.period = p.period
WHERE c.frequency > 0 AND c.first_order <= p.day
"""

# Every span of a stage that reaches into the days of the past that are published, cut at the first of them.
# What ended is stored; what lasts began where the last one ended, or with the customer's history.
_STAGE_SPANS = """
CREATE OR REPLACE TABLE snapshot_stages AS
WITH last_ended AS (SELECT customer_id, MAX(finish) AS day FROM ended_stages GROUP BY 1),
stored AS (
  SELECT customer_id, lifecycle, start, finish FROM ended_stages
  UNION ALL
  SELECT q.customer_id, q.lifecycle, COALESCE(e.day, b.day), NULL FROM published q
  JOIN history_starts b ON b.customer_id = q.customer_id
  LEFT JOIN last_ended e ON e.customer_id = q.customer_id
  UNION ALL
  SELECT x.customer_id, x.lifecycle, x.day, COALESCE(LEAD(x.day) OVER w, b.day)
  FROM past_changes x LEFT JOIN history_starts b ON b.customer_id = x.customer_id
  WHERE x.lifecycle IS NOT NULL WINDOW w AS (PARTITION BY x.customer_id ORDER BY x.day)
), compared AS (
  SELECT s.*, c.lifecycle AS now FROM stored s JOIN {customers} c ON c.customer_id = s.customer_id
)
SELECT customer_id, lifecycle, CAST(GREATEST(start, {earliest}) AS INTEGER) AS start,
  CAST(CASE WHEN finish IS NULL AND lifecycle <> now THEN {as_of} ELSE finish END AS INTEGER) AS finish
FROM compared WHERE (finish IS NULL OR finish > {earliest})
  AND NOT (finish IS NULL AND lifecycle <> now AND start >= {as_of})
UNION ALL
SELECT c.customer_id, c.lifecycle, {as_of}, NULL FROM {customers} c
LEFT JOIN stored s ON s.customer_id = c.customer_id AND s.finish IS NULL
WHERE s.lifecycle IS NULL OR s.lifecycle <> c.lifecycle
"""

_TIERS = pa.schema([(name, pa.int64()) for name in ("customer_id", "tier", "start", "finish")])
_STAGES = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("lifecycle", pa.string()),
        ("start", pa.int64()),
        ("finish", pa.int64()),
    ]
)


def fiscal_days(as_of: int, first_month: int) -> int:
    """Days of the company's fiscal year so far, its first day and ``as_of`` included."""
    today = days.EPOCH + timedelta(days=as_of)
    year = today.year if today.month >= first_month else today.year - 1
    return (today - date(year, first_month, 1)).days + 1


def compared(as_of: int, periods: Iterable[int]) -> Iterator[tuple[int, int, int, int]]:
    """(period, back, first day, last day) of every span of days that is summed."""
    for period in periods:
        for back in (0, 1):
            finish = as_of - back * period
            yield period, back, finish - period + 1, finish
        if period < YEAR:
            yield period, YEAR_AGO, year_before(as_of - period + 1), year_before(as_of)


def year_before(day: int) -> int:
    """The same date of the year before; of a leap day the day before it."""
    date_ = days.EPOCH + timedelta(days=day)
    leap = (date_.month, date_.day) == (2, 29)
    return days.number(date_.replace(year=date_.year - 1, day=28 if leap else date_.day))


def extra_tables(session: Session, *, customers: str, months: str, as_of: int, fiscal: int) -> dict[str, str]:
    """Build the tables in the session; returns {name in the snapshot: name in the session}.

    Needs ``facts``, ``published``, ``history_starts`` and ``past_changes`` of a full run. ``fiscal`` is the
    period of the fiscal year so far, in days, which is compared beside the fixed ones.
    """
    run, periods = session.connection.execute, sorted({*PERIODS, int(fiscal)})
    sums = [
        _SPAN_SUMS.format(period=period, back=back, start=start, finish=finish)
        for period, back, start, finish in compared(as_of, periods)
    ]
    run(f"CREATE OR REPLACE TABLE snapshot_periods AS {'UNION ALL'.join(sums)}")
    run(_COSTED.format(as_of=int(as_of)))
    run(_MONTHLY.format(customers=customers, months=months))
    earliest = int(as_of) - STAGES_BACK
    _load_histories(session, as_of, periods, earliest)
    run(_SPANS.format(customers=customers, as_of=int(as_of)))
    run(_PAST.format(customers=customers))
    run(_STAGE_SPANS.format(customers=customers, as_of=int(as_of), earliest=earliest))
    return {name: f"snapshot_{name}" for name in ("periods", "costed", "monthly", "spans", "past", "stages")}


def _load_histories(session: Session, as_of: int, periods: Sequence[int], earliest: int) -> None:
    values = ", ".join(f"({period}, {as_of - period})" for period in periods)
    session.connection.execute(
        f"CREATE OR REPLACE TABLE past_days AS SELECT * FROM (VALUES {values}) AS p(period, day)"
    )
    extract.load(session, "stored_tiers", _history_sql("insight_tierhistory", "tier"), _TIERS)
    since = (days.EPOCH + timedelta(days=earliest)).isoformat()
    ended = f"h.valid_to IS NOT NULL AND h.valid_to > '{since}'"
    extract.load(session, "ended_stages", _history_sql("insight_stagehistory", "lifecycle", ended), _STAGES)


def _history_sql(table: str, column: str, where: str = "1 = 1") -> str:
    start, finish = extract.day_sql("h.valid_from"), extract.day_sql("h.valid_to")
    return (
        f"SELECT h.customer_id AS customer_id, h.{column} AS {column}, {start} AS start, {finish} AS finish "
        f"FROM {table} h WHERE {where}"
    )
