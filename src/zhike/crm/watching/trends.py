"""The figures of groups over time: the company's from what is kept, a person's own counted live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight import days
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.crm.watching import assigned, source, spans
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.codes import RANKS, Member
from zhike.crm.watching.groups import Group
from zhike.crm.watching.models import Metric, sees_everybody
from zhike.platform.money import from_units

MONTHS, LAST_DAYS = 24, 90


@dataclass(frozen=True)
class Measure:
    """A figure of a group; ``kind`` formats it, ``unit`` is that of charts, ``better`` the good direction."""

    code: str
    label: Promise
    kind: str
    unit: str
    value: Callable[[Metric], Any]
    better: str = "up"


def _rate(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if part is not None and whole and whole > 0 else None


MEASURES: dict[str, Measure] = {
    one.code: one
    for one in (
        Measure("customers", _("Customers"), "number", "customers", lambda row: row.customers),
        Measure(
            "net_revenue",
            _("Net revenue of the last 365 days"),
            "money_whole",
            "money",
            lambda row: row.net_revenue,
        ),
        Measure(
            "margin_rate",
            _("Margin rate"),
            "percent",
            "percent",
            lambda row: _rate(row.margin, row.costed),
        ),
        Measure(
            "retention",
            _("Retention over 90 days"),
            "percent",
            "percent",
            lambda row: _rate(row.kept, row.watched),
        ),
        Measure(
            "churn_risk",
            _("Mean churn risk"),
            "percent",
            "percent",
            lambda row: row.churn_risk,
            "down",
        ),
        Measure(
            "value_at_risk",
            _("Value at risk"),
            "money_whole",
            "money",
            lambda row: row.value_at_risk,
            "down",
        ),
    )
}


@dataclass(frozen=True)
class Trend:
    """Rows by group and day. ``own``: of one person's customers, with nothing but sizes in the past."""

    days: tuple[date, ...]
    rows: dict[tuple[str, date], Metric]
    own: bool

    def at(self, group: Group, day: date) -> Metric | None:
        return self.rows.get((group.key, day))

    def value(self, group: Group, day: date, measure: Measure) -> Any:
        row = self.at(group, day)
        return None if row is None else measure.value(row)

    def latest(self, group: Group) -> Metric | None:
        return next((row for day in reversed(self.days) if (row := self.at(group, day))), None)

    def before(self, group: Group, day: date) -> Metric | None:
        """The newest row up to a day."""
        found = (row for one in reversed(self.days) if one <= day and (row := self.at(group, one)))
        return next(found, None)


def trend(user: Any, base: Snapshot, groups: Sequence[Group], *, by_day: bool) -> Trend:
    """Month ends of two years and today, or every day of the last ninety."""
    if not sees_everybody(user):
        return _own(base, groups)
    wanted = [base.as_of - timedelta(days=back) for back in range(LAST_DAYS)] if by_day else None
    rows = Metric.objects.visible_to(user).filter(
        kind__in={group.kind for group in groups}, ref__in={group.ref for group in groups}
    )
    first = base.as_of - timedelta(days=LAST_DAYS if by_day else 31 * (MONTHS + 1))
    keys = {group.key for group in groups}
    found = {
        (key, row.day): row
        for row in rows.filter(day__gte=first).order_by("day")
        if (key := Member(row.kind, row.ref).key) in keys
    }
    known = sorted({day for _key, day in found})
    return Trend(tuple(known if wanted else _month_ends(known)), found, own=False)


def _month_ends(known: Sequence[date]) -> list[date]:
    """Of all measured days the last one of each month."""
    last: dict[tuple[int, int], date] = {}
    for day in known:
        last[day.year, day.month] = day
    return sorted(last.values())


_SIZES = """
SELECT e.day, h.kind, h.ref, COUNT(*) AS customers
FROM (SELECT UNNEST($days) AS day) e
JOIN (
  SELECT 'tier' AS kind, CAST(tier AS BIGINT) AS ref, customer_id, start, finish FROM spans
  UNION ALL SELECT 'segment', ref, customer_id, start, finish FROM history
  UNION ALL SELECT 'model', ref, customer_id, start, finish FROM noted
) h ON h.start <= e.day AND (h.finish IS NULL OR h.finish > e.day)
JOIN customers c ON c.customer_id = h.customer_id WHERE {scope} GROUP BY ALL
"""


def _own(base: Snapshot, groups: Sequence[Group]) -> Trend:
    """Sizes among one's own customers of today at the month ends, and all figures of today."""
    ends = [day for day in days.month_ends(base.as_of, MONTHS) if day < base.as_of]
    segments = [group.ref for group in groups if group.kind == Kind.SEGMENT]
    models = {group.ref // RANKS for group in groups if group.kind == Kind.MODEL}
    brought = {"history": spans.memberships(segments, base.day), "noted": assigned.past(models)}
    reach = source.Source(base, brought=brought)
    rows = reach.rows(_SIZES, days=[days.number(day) for day in ends])
    found = {}
    for row in rows:
        day = days.day_of(row["day"])
        assert day is not None
        found[Member(row["kind"], row["ref"]).key, day] = Metric(
            kind=row["kind"], ref=row["ref"], day=day, customers=row["customers"]
        )
    found |= {(group.key, base.as_of): today(base, group) for group in groups}
    return Trend((*ends, base.as_of), found, own=True)


_TODAY = """
SELECT COUNT(*) AS customers, CAST(COALESCE(SUM(p.net_revenue), 0) AS BIGINT) AS net_revenue,
  CAST(COALESCE(SUM(p.costed), 0) AS BIGINT) AS costed, CAST(SUM(p.margin) AS BIGINT) AS margin,
  AVG(d.churn_probability) AS churn_risk, CAST(SUM(d.value_at_risk) AS BIGINT) AS value_at_risk
FROM customers c
LEFT JOIN periods p ON p.customer_id = c.customer_id AND p.period = 365 AND p.back = 0
LEFT JOIN {predicted} d ON d.customer_id = c.customer_id
WHERE {scope} AND 
"""


def today(base: Snapshot, group: Group) -> Metric:
    """The figures of a group within the row scope, from the snapshot and the present members."""
    reach = source.source_of(base, [group])
    row = reach.kept("today", lambda: reach.rows(_TODAY + group.condition)[0])
    money = {name: from_units(row[name]) for name in ("net_revenue", "costed", "margin", "value_at_risk")}
    return Metric(
        kind=group.kind,
        ref=group.ref,
        day=base.as_of,
        customers=row["customers"],
        churn_risk=row["churn_risk"],
        **money,
    )
