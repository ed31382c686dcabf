"""The past of customers whose history begins only now: month ends, evaluated with today's version.

What a company brings on its first day reaches years back, and migration between two dates should not have to
wait for months. The rows are a reconstruction: they say which tier the version of today would have given.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from zhike.analytics import Calibration, Session
from zhike.analytics.engine import render
from zhike.analytics.evaluation import evaluation_sql
from zhike.analytics.features import CATALOGUE, feature_sql
from zhike.crm.insight import days

LONG, SHORT = 24, 12
# Larger bases get the shorter past, so that the first run stays within minutes.
LARGE = 200_000
# Stands for the day in texts that are rendered once for all month ends.
ANY_DAY = 987_654_321


def reconstruct(session: Session, calibration: Calibration, as_of: int) -> int:
    """Fill ``newcomers`` and ``past_changes``; returns the number of newcomers.

    Needs ``features`` (as of the day), ``facts`` and ``history_starts``. A newcomer is a customer with a
    month end between the first purchase and the beginning of the history.
    """
    ends = [days.number(day) for day in days.month_ends(days.day_of(as_of), LONG)]
    count = _find_newcomers(session, ends, as_of)
    _empty_tables(session)
    if not count:
        return 0
    ends = _with_somebody(session, ends[-SHORT:] if count > LARGE else ends)
    first, later = _texts(calibration, None), _texts(calibration, "past_states")
    for end in ends:
        _evaluate(session, later if end > ends[0] else first, end)
    _keep_changes(session)
    return count


def changes_between(session: Session, low: int, high: int) -> dict[int, list[Any]]:
    """Reconstructed changes (day, tier, tier score, stage) of the customers with ids in [low, high]."""
    rows = session.connection.execute(
        "SELECT customer_id, day, tier, tier_score, lifecycle FROM past_changes "
        "WHERE customer_id BETWEEN ? AND ? ORDER BY customer_id, day",
        [low, high],
    ).fetchall()
    return {customer: [tuple(row[1:]) for row in found] for customer, found in groupby(rows, lambda r: r[0])}


def _find_newcomers(session: Session, ends: list[int], as_of: int) -> int:
    run = session.connection.execute
    values = ", ".join(f"({end})" for end in ends)
    run(f"CREATE OR REPLACE TABLE month_ends AS SELECT * FROM (VALUES {values}) AS v(day)")
    run(
        "CREATE OR REPLACE TABLE newcomers AS "
        f"SELECT f.customer_id, TRUE AS profiled, COALESCE(h.day, {as_of}) AS start "
        "FROM features f LEFT JOIN history_starts h ON h.customer_id = f.customer_id "
        "WHERE f.profiled AND f.first_order IS NOT NULL AND EXISTS (SELECT 1 FROM month_ends m "
        f"WHERE m.day >= f.first_order AND m.day < COALESCE(h.day, {as_of}))"
    )
    return int(run("SELECT COUNT(*) FROM newcomers").fetchall()[0][0])


def _with_somebody(session: Session, ends: list[int]) -> list[int]:
    """The month ends at which a newcomer had bought and had no history yet; the others find nothing."""
    [(first, last)] = session.connection.execute(
        "SELECT MIN(f.first_order), MAX(n.start) FROM newcomers n JOIN features f USING (customer_id)"
    ).fetchall()
    return [end for end in ends if first <= end < last]


def _empty_tables(session: Session) -> None:
    run = session.connection.execute
    for name in ("past_steps", "past_changes"):
        run(
            f"CREATE OR REPLACE TABLE {name} "
            "(customer_id BIGINT, day INT, tier SMALLINT, tier_score DOUBLE, lifecycle VARCHAR)"
        )
    run(
        "CREATE OR REPLACE TABLE past_facts AS "
        "SELECT f.* FROM facts f SEMI JOIN newcomers n ON n.customer_id = f.customer_id"
    )
    run("CREATE OR REPLACE TEMPORARY VIEW past_customers AS SELECT customer_id, profiled FROM newcomers")


def _texts(calibration: Calibration, states: str | None) -> dict[str, str]:
    """What ``build`` and ``evaluate`` would run, rendered once: only the day differs from month to month."""
    carried = ("profiled", *CATALOGUE)
    texts = {
        "past_features": feature_sql("past_facts", ANY_DAY, "past_customers"),
        "past_scores": evaluation_sql(calibration, "past_features", carried, ANY_DAY, states),
    }
    return {name: render(text) for name, text in texts.items()}


def _evaluate(session: Session, texts: dict[str, str], end: int) -> None:
    for name, text in texts.items():
        session.connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS {text.replace(str(ANY_DAY), str(int(end)))}"
        )
    run = session.connection.execute
    run(
        "CREATE OR REPLACE TABLE past_states AS SELECT customer_id, tier, pending_since, as_of, "
        "opening_tier, opening_pending_since FROM past_scores WHERE frequency > 0"
    )
    run(
        "INSERT INTO past_steps SELECT s.customer_id, s.as_of, s.tier, s.tier_score, s.lifecycle "
        "FROM past_scores s JOIN newcomers n ON n.customer_id = s.customer_id "
        "WHERE s.frequency > 0 AND s.as_of < n.start"
    )


def _keep_changes(session: Session) -> None:
    """Of all month ends keep those where the tier or the stage differs from the month before."""
    session.connection.execute(
        "INSERT INTO past_changes SELECT customer_id, day, "
        "CASE WHEN tier IS DISTINCT FROM last_tier THEN tier END, tier_score, "
        "CASE WHEN lifecycle IS DISTINCT FROM last_stage THEN lifecycle END FROM ("
        "SELECT *, LAG(tier) OVER w AS last_tier, LAG(lifecycle) OVER w AS last_stage FROM past_steps "
        "WINDOW w AS (PARTITION BY customer_id ORDER BY day)) AS steps "
        "WHERE tier IS DISTINCT FROM last_tier OR lifecycle IS DISTINCT FROM last_stage"
    )
    session.drop("past_steps")
