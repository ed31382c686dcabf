"""Reasons from what the analysis published: orders that should have come, tiers and stages that fell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache, partial

from django.utils.translation import gettext as _

from zhike.analytics.engine import Reader
from zhike.crm.insight import labels
from zhike.crm.insight.days import day_of, number
from zhike.crm.insight.snapshot_queries import Row, Snapshot
from zhike.crm.today import ranking
from zhike.crm.today.ranking import Reason
from zhike.crm.today.viewer import Viewer
from zhike.platform.templatetags import zhike_format as say

#: So many customers of each reason are looked at, the weightiest first.
CAP = 500
Found = Iterator[tuple[int, Reason]]

# A year's worth: the better of the last two years, so that who is leaving does not become worthless by it.
VALUE = "GREATEST(c.revenue_365, c.revenue_previous_365, 0)"

_OVERDUE = f"""
SELECT c.customer_id, c.overdue_ratio AS ratio, c.expected_gap AS gap, c.recency_days AS since, c.last_order
FROM customers c
WHERE {{scope}} AND [owner] AND c.profiled AND c.purchase_days > 1 AND c.revenue_365 > 0
  AND c.overdue_ratio >= $from
ORDER BY (1 - 1 / c.overdue_ratio) * cbrt({VALUE}) DESC, c.customer_id LIMIT $cap
"""


def overdue_orders(viewer: Viewer) -> Found:
    """Customers that bought within a year and by their own rhythm should have bought again."""
    for row in viewer.rows(_OVERDUE, **{"from": ranking.RHYTHM_FROM, "cap": CAP}):
        urgency = ranking.overdue_order(row["ratio"])
        key, words = f"rhythm:{row['last_order']}", partial(_overdue, row)
        yield row["customer_id"], Reason("rhythm", key, urgency, words)


def _overdue(row: Row) -> str:
    words = _("Usually orders every %(gap)s, last order %(since)s ago: %(times)s times the gap")
    gap, since = say.days(round(row["gap"])), say.days(row["since"])
    return words % {"gap": gap, "since": since, "times": say.number(row["ratio"], 1)}


_FALLEN_TIERS = f"""
SELECT c.customer_id, a.tier AS before, b.tier AS now, b.start
FROM spans b
JOIN spans a ON a.customer_id = b.customer_id AND a.finish = b.start AND a.tier > b.tier
JOIN customers c ON c.customer_id = b.customer_id
WHERE {{scope}} AND [owner] AND b.finish IS NULL AND b.tier > 0 AND b.start > $since
ORDER BY {VALUE} DESC, c.customer_id LIMIT $cap
"""


def fallen_tiers(viewer: Viewer) -> Found:
    since = number(viewer.today) - ranking.NEWS_DAYS
    for row in viewer.rows(_FALLEN_TIERS, since=since, cap=CAP):
        day = day_of(row["start"])
        assert day is not None
        urgency = ranking.fading(ranking.FELL_TIER, ranking.days_between(day, viewer.today))
        words = partial(_fallen_tier, viewer, row, day)
        yield row["customer_id"], Reason("fell_tier", f"tier:{day}", urgency, words)


def _fallen_tier(viewer: Viewer, row: Row, day: date) -> str:
    before, now = (viewer.tier_names.get(row[name], "") for name in ("before", "now"))
    words = _("Fell from %(before)s to %(now)s on %(day)s")
    return words % {"before": before, "now": now, "day": say.day(day)}


_FALLEN_STAGES = f"""
SELECT c.customer_id, p.lifecycle AS before, c.lifecycle AS now, c.last_order
FROM past p JOIN customers c ON c.customer_id = p.customer_id
WHERE {{scope}} AND [owner] AND p.period = {ranking.NEWS_DAYS} AND c.revenue_365 > 0
  AND p.lifecycle IN ('first_purchase', 'repeat', 'high_value') AND c.lifecycle IN ('at_risk', 'lost')
ORDER BY {VALUE} DESC, c.customer_id LIMIT $cap
"""


def fallen_stages(viewer: Viewer) -> Found:
    for row in viewer.rows(_FALLEN_STAGES, cap=CAP):
        key = f"stage:{row['now']}:{row['last_order']}"
        yield row["customer_id"], Reason("fell_stage", key, ranking.FELL_STAGE, partial(_fallen_stage, row))


def _fallen_stage(row: Row) -> str:
    before, now = labels.stage_name(row["before"]), labels.stage_name(row["now"])
    words = _("From %(before)s to %(now)s within %(days)s")
    return words % {"before": before, "now": now, "days": say.days(ranking.NEWS_DAYS)}


_VALUES = f"""
SELECT c.customer_id, CAST({VALUE} AS BIGINT) AS value FROM customers c
WHERE {{scope}} AND c.customer_id IN (SELECT unnest($ids))
"""
_USUAL = f"""
SELECT CAST(COALESCE(median({VALUE}), 0) AS BIGINT) AS usual FROM customers c
WHERE {VALUE} > 0 AND c.tier = (SELECT MAX(tier) FROM customers)
"""


def values(viewer: Viewer, customers: Iterable[int]) -> dict[int, int]:
    """A year's value of each customer, in units; unknown ones are left out."""
    ids = list(customers)
    if viewer.base is None or not ids:
        return {}
    rows: list[Row] = viewer.base.rows(_VALUES, ids=ids)
    return {row["customer_id"]: row["value"] for row in rows}


def usual(base: Snapshot | None) -> int:
    """A year's value of the middle customer of the highest tier of the whole company, in units."""
    if base is None:
        return 0
    return _usual(base.reader, base.reader.meta()["extra"].get("run"))


@lru_cache(maxsize=8)
def _usual(reader: Reader, _run: object) -> int:
    return int(reader.query(_USUAL)[0][0])
