"""Who was in which group from which day to which day, as one relation of a session.

``spans(kind, ref, customer_id, start, finish)``: in the group at the close of a day D when start ≤ D and
finish is empty or later. Tiers come from the published snapshot, segments from the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.utils.timezone import now

from zhike.analytics.engine import Session
from zhike.crm.insight import extract, snapshots
from zhike.crm.watching import assigned
from zhike.platform import store
from zhike.platform.models import Installation

_TIERS = (
    "SELECT 'tier' AS kind, CAST(s.tier AS BIGINT) AS ref, CAST(s.customer_id AS BIGINT) AS customer_id, "
    "CAST(s.start AS BIGINT) AS start, CAST(s.finish AS BIGINT) AS finish FROM spans s WHERE s.tier > 0"
)
_MEMBERS = pa.schema([(name, pa.int64()) for name in ("ref", "customer_id", "start", "finish")])


def load_tiers(session: Session) -> None:
    """Spans of tiers as the newest full run published them."""
    _create(session)
    session.load("loaded_spans", snapshots.reader().arrow(_TIERS))
    _living(session, "SELECT kind, ref, customer_id, start, finish FROM loaded_spans")


def load_models(session: Session, model_ids: list[int]) -> None:
    """Spans of tiers in models beside the primary one; ``ref`` as ``codes.Member`` has it."""
    _create(session)
    session.load("loaded_spans", assigned.past(model_ids))
    _living(session, "SELECT 'model', ref, customer_id, start, finish FROM loaded_spans")


def load_segments(session: Session, segment_ids: list[int], as_of: int) -> None:
    """Spans of these segments."""
    _create(session)
    session.load("loaded_spans", memberships(segment_ids, as_of))
    _living(session, "SELECT 'segment', ref, customer_id, start, finish FROM loaded_spans")


def memberships(segment_ids: Iterable[int], as_of: int, reaching: tuple[int, int] | None = None) -> pa.Table:
    """(ref, customer_id, start, finish) of segments in company days; of spans ``reaching`` into these days.

    Who is a member now was it at ``as_of`` too: evaluations speak of that day, whenever they were made.
    """
    ids = ", ".join(str(int(one)) for one in segment_ids) or "NULL"
    start, finish = _company_day("m.entered_at"), _company_day("m.left_at")
    clipped = f"CASE WHEN m.left_at IS NULL AND {start} > {int(as_of)} THEN {int(as_of)} ELSE {start} END"
    text = (
        f"SELECT m.segment_id AS ref, m.customer_id AS customer_id, {clipped} AS start, {finish} AS finish "
        f"FROM segments_membership m WHERE m.segment_id IN ({ids})"
    )
    if reaching:
        first, last = map(int, reaching)
        text += f" AND {clipped} <= {last} AND (m.left_at IS NULL OR {finish} > {first})"
    return extract.table(text, _MEMBERS)


def _create(session: Session) -> None:
    session.connection.execute(
        "CREATE OR REPLACE TABLE spans "
        "(kind VARCHAR, ref BIGINT, customer_id BIGINT, start BIGINT, finish BIGINT)"
    )


def _living(session: Session, text: str) -> None:
    """Keep the spans of living customers; needs the lake's ``customers``."""
    session.connection.execute(
        f"INSERT INTO spans SELECT s.* FROM ({text}) AS s(kind, ref, customer_id, start, finish) "
        "SEMI JOIN customers c ON c.customer_id = s.customer_id"
    )
    session.drop("loaded_spans")


def _company_day(column: str) -> str:
    """The company's day of a moment as its day number, by the zone's present distance from UTC."""
    seconds = int(company_offset().utcoffset(None).total_seconds())
    if store.is_sqlite():
        return f"CAST(julianday(date({column}, '{seconds} seconds')) - 2440587.5 AS INTEGER)"
    moved = f"(({column} AT TIME ZONE 'UTC') + INTERVAL '{seconds} seconds')::date"
    return f"({moved} - DATE '1970-01-01')"


def company_offset() -> timezone:
    """The company's present distance from UTC."""
    moment = now().astimezone(ZoneInfo(Installation.current().time_zone))
    return timezone(moment.utcoffset() or timedelta())
