"""Sums over the published snapshot, within a person's row scope. Never touches an order.

Texts are constants of the program; ``{scope}`` is the person's row scope, whose values travel as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from zhike.analytics.distribution import Distribution
from zhike.analytics.engine import Reader
from zhike.analytics.pareto import ParetoFigures, abc_cut, figures_of
from zhike.crm.insight import labels, queries, snapshots
from zhike.crm.insight.days import day_of, number
from zhike.crm.insight.models import Version

MONEY_BASES = ("net_revenue", "revenue", "margin")
BOUGHT = "c.frequency > 0"
Row = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """The part of the published snapshot that one person may see, with its day and version."""

    reader: Reader
    scope: str
    values: dict[str, Any]
    as_of: date
    version: Version | None
    names: dict[int, str] = field(default_factory=dict)
    # Days of the fiscal year so far, where the snapshot compares them.
    fiscal: int | None = None
    # Whether it also sums the same days of the year before.
    year_ago: bool = False

    @property
    def top_tier(self) -> int:
        """The rank of the highest tier: its customers are the key customers."""
        return max(self.names, default=0)

    @property
    def ranks(self) -> list[int]:
        """Ranks from the highest to the lowest, without the customers that have no tier."""
        return sorted((rank for rank in self.names if rank), reverse=True)

    @property
    def day(self) -> int:
        return number(self.as_of)

    @cached_property
    def calibration(self) -> Any:
        return queries.calibration_of(self.version) if self.version else None

    def since(self, period: int) -> date:
        """The first day of the period that ends with the snapshot's day."""
        return self.as_of - timedelta(days=period - 1)

    def rows(self, text: str, **values: Any) -> list[Row]:
        return self.reader.dicts(text.format(scope=self.scope), {**self.values, **values} or None)

    def row(self, text: str, **values: Any) -> Row:
        return self.rows(text, **values)[0]


def snapshot_for(user: Any) -> Snapshot | None:
    """What the person may see of the current snapshot; None while nothing is published."""
    if not snapshots.is_usable():
        return None
    reader = queries.snapshot()
    meta = reader.meta()
    scope, values = queries.snapshot_scope(user, "c")
    extra = meta["extra"]
    version = Version.objects.filter(pk=extra.get("version_id")).first()
    model = queries.calibration_of(version).model if version else None
    as_of = day_of(meta["as_of"])
    assert as_of is not None
    names = labels.tier_names(model)
    return Snapshot(
        reader, scope, values, as_of, version, names, extra.get("fiscal"), bool(extra.get("year_ago"))
    )


_TOTALS = """
SELECT COUNT(*) AS records, COUNT(*) FILTER (c.frequency > 0) AS customers,
  COUNT(*) FILTER (c.frequency > 0 AND c.first_order <= $start) AS customers_before,
  COUNT(*) FILTER (c.first_order > $start) AS newcomers,
  COUNT(*) FILTER (c.first_order <= $start AND c.first_order > $earlier) AS newcomers_before,
  COUNT(*) FILTER (c.frequency > 0 AND c.tier = $top) AS key_customers,
  COUNT(*) FILTER (c.frequency > 0 AND c.lifecycle = 'at_risk') AS at_risk,
  CAST(COALESCE(SUM(c.revenue_365) FILTER (c.lifecycle = 'at_risk'), 0) AS BIGINT) AS at_risk_revenue,
  COUNT(*) FILTER (c.frequency > 0 AND c.lifecycle = 'lost') AS lost,
  COUNT(*) FILTER (c.frequency > 0 AND c.owner_id IS NULL) AS nobody,
  CAST(COALESCE(SUM(c.revenue_365) FILTER (c.owner_id IS NULL), 0) AS BIGINT) AS nobody_revenue,
  COUNT(*) FILTER (NOT c.profiled) AS not_profiled,
  COUNT(*) FILTER (c.frequency = 0 AND c.returns > 0) AS returns_only
FROM customers c WHERE {scope}
"""

_PERIODS = """
SELECT p.back, COUNT(*) FILTER (p.orders > 0) AS active, CAST(SUM(p.orders) AS BIGINT) AS orders,
  COUNT(*) FILTER (p.purchase_days > 1) AS repeaters, CAST(SUM(p.revenue) AS BIGINT) AS revenue,
  CAST(SUM(p.net_revenue) AS BIGINT) AS net_revenue, CAST(SUM(p.costed) AS BIGINT) AS costed,
  CAST(SUM(p.margin) AS BIGINT) AS margin
FROM periods p JOIN customers c ON c.customer_id = p.customer_id
WHERE p.period = $period AND {scope} GROUP BY p.back
"""

_BEFORE = """
SELECT COUNT(*) FILTER (p.tier = $top) AS key_customers, COUNT(*) FILTER (p.lifecycle = 'at_risk') AS at_risk,
  COUNT(*) FILTER (p.lifecycle = 'lost') AS lost, COUNT(*) FILTER (p.lifecycle <> '') AS known
FROM past p JOIN customers c ON c.customer_id = p.customer_id WHERE p.period = $period AND {scope}
"""


def totals(base: Snapshot, period: int) -> Row:
    """Counts of customers now, and as they were before the period began."""
    start = base.day - period
    return base.row(_TOTALS, start=start, earlier=start - period, top=base.top_tier)


def period_sums(base: Snapshot, period: int) -> tuple[Row, Row]:
    """Sums of the period and of the one before it; nothing bought means zeros."""
    found = {row["back"]: row for row in base.rows(_PERIODS, period=period)}
    names = ("active", "orders", "repeaters", "revenue", "net_revenue", "costed", "margin")
    empty = dict.fromkeys(names, 0)
    return found.get(0, empty), found.get(1, empty)


def state_before(base: Snapshot, period: int) -> Row:
    """Key customers, customers at risk and lost ones on the day before the period."""
    return base.row(_BEFORE, period=period, top=base.top_tier)


_BY = """
SELECT c.{{column}} AS code, COUNT(*) AS customers, CAST(SUM(c.net_revenue) AS BIGINT) AS net_revenue,
  CAST(SUM(c.revenue_365) AS BIGINT) AS revenue_365
FROM customers c WHERE {scope} AND c.frequency > 0 GROUP BY 1
"""
_GROUPINGS = ("tier", "lifecycle", "rfm_segment", "region")
_BY_COLUMN = {name: _BY.replace("{{column}}", name) for name in _GROUPINGS}


def by(base: Snapshot, column: str) -> dict[Any, Row]:
    """Customers and revenue by tier, lifecycle, rfm_segment or region."""
    return {row["code"]: row for row in base.rows(_BY_COLUMN[column])}


_MONTHLY = """
SELECT c.month, CAST(SUM(c.orders) AS BIGINT) AS orders, CAST(SUM(c.net_revenue) AS BIGINT) AS net_revenue
FROM monthly c WHERE {scope} GROUP BY 1 ORDER BY 1
"""


def monthly(base: Snapshot) -> dict[int, Row]:
    """Orders and net revenue by month (yyyymm), of today's customers in scope."""
    return {row["month"]: row for row in base.rows(_MONTHLY)}


_MOVERS = """
SELECT c.customer_id, CAST(COALESCE(SUM(p.net_revenue) FILTER (p.back = 0), 0) AS BIGINT) AS now,
  CAST(COALESCE(SUM(p.net_revenue) FILTER (p.back = 1), 0) AS BIGINT) AS before
FROM periods p JOIN customers c ON c.customer_id = p.customer_id
WHERE p.period = $period AND {scope} GROUP BY c.customer_id
HAVING COALESCE(SUM(p.net_revenue) FILTER (p.back = 1), 0) > 0
ORDER BY now - before {{direction}}, c.customer_id LIMIT $count
"""
_DOWN = _MOVERS.replace("{{direction}}", "ASC")
_UP = _MOVERS.replace("{{direction}}", "DESC")


def movers(base: Snapshot, period: int, *, down: bool, count: int = 6) -> list[Row]:
    """Customers whose net revenue fell (or rose) most against the period before."""
    rows = base.rows(_DOWN if down else _UP, period=period, count=count)
    return [row for row in rows if (row["now"] < row["before"]) == down and row["now"] != row["before"]]


_OWNERS = """
WITH s AS (
  SELECT p.customer_id, SUM(p.net_revenue) FILTER (p.back = 0) AS now,
    SUM(p.net_revenue) FILTER (p.back = 1) AS before
  FROM periods p WHERE p.period = $period GROUP BY 1
)
SELECT c.owner_id, COUNT(*) AS customers, COUNT(*) FILTER (c.tier = $top) AS key_customers,
  COUNT(*) FILTER (c.lifecycle = 'at_risk') AS at_risk,
  CAST(COALESCE(SUM(c.revenue_365) FILTER (c.lifecycle = 'at_risk'), 0) AS BIGINT) AS at_risk_revenue,
  CAST(COALESCE(SUM(s.now), 0) AS BIGINT) AS now, CAST(COALESCE(SUM(s.before), 0) AS BIGINT) AS before
FROM customers c LEFT JOIN s ON s.customer_id = c.customer_id
WHERE {scope} AND c.frequency > 0 GROUP BY 1 ORDER BY now DESC
"""


def owners(base: Snapshot, period: int) -> list[Row]:
    """What each owner's customers bring, the best first; ``owner_id`` None is nobody."""
    return base.rows(_OWNERS, period=period, top=base.top_tier)


_FALLS = """
SELECT p.tier AS before, c.tier AS now, COUNT(*) AS customers
FROM past p JOIN customers c ON c.customer_id = p.customer_id
WHERE p.period = $period AND p.tier > c.tier AND c.tier > 0 AND {scope}
GROUP BY ALL ORDER BY before DESC, now DESC
"""


def falls(base: Snapshot, period: int) -> list[Row]:
    """Tiers lost since the day before the period, from which to which."""
    return base.rows(_FALLS, period=period)


_MIGRATION = """
SELECT COALESCE(a.tier, 0) AS source, COALESCE(b.tier, 0) AS target, COUNT(*) AS customers
FROM customers c
LEFT JOIN spans a
  ON a.customer_id = c.customer_id AND a.start <= $from AND (a.finish IS NULL OR a.finish > $from)
LEFT JOIN spans b
  ON b.customer_id = c.customer_id AND b.start <= $to AND (b.finish IS NULL OR b.finish > $to)
WHERE {scope} AND (a.tier > 0 OR b.tier > 0) GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class Flow:
    """Customers that were in ``source`` on one day and in ``target`` on another (0: no tier)."""

    source: int
    target: int
    customers: int


def migration(base: Snapshot, start: date, end: date) -> list[Flow]:
    """Who moved from which tier to which between two days."""
    days = {"from": number(start), "to": number(end)}
    return [Flow(**row) for row in base.rows(_MIGRATION, **days)]


def first_day(base: Snapshot) -> date | None:
    """The earliest day from which a tier is known."""
    return day_of(base.reader.query("SELECT MIN(start) FROM spans")[0][0])


_GRID = """
SELECT c.r_score AS r, c.f_score AS f, COUNT(*) AS customers, AVG(c.m_score) AS m,
  CAST(SUM(c.net_revenue) AS BIGINT) AS net_revenue
FROM customers c WHERE {scope} AND c.frequency > 0 AND c.r_score > 0 GROUP BY ALL
"""
_SEGMENTS = """
SELECT c.rfm_segment AS code, COUNT(*) AS customers, CAST(SUM(c.net_revenue) AS BIGINT) AS net_revenue,
  AVG(c.recency_days) AS recency, AVG(c.frequency) AS frequency
FROM customers c WHERE {scope} AND c.frequency > 0 GROUP BY 1
"""


def rfm_grid(base: Snapshot) -> list[Row]:
    return base.rows(_GRID)


def rfm_segments(base: Snapshot) -> dict[str, Row]:
    return {row["code"]: row for row in base.rows(_SEGMENTS)}


_HISTOGRAM = """
SELECT CAST(LEAST(FLOOR(c.tier_score / 5), 19) AS INTEGER) AS step, c.tier, COUNT(*) AS customers
FROM customers c WHERE {scope} AND c.frequency > 0 AND c.tier > 0 GROUP BY ALL
"""


def score_histogram(base: Snapshot) -> list[Row]:
    """Customers by tier and by five points of tier score."""
    return base.rows(_HISTOGRAM)


_DISTRIBUTION = """
SELECT c.{{basis}} AS value, COUNT(*) AS customers FROM customers c
WHERE {scope} AND c.frequency > 0 AND c.{{basis}} IS NOT NULL GROUP BY 1 ORDER BY 1
"""
_DISTRIBUTIONS = {name: _DISTRIBUTION.replace("{{basis}}", name) for name in MONEY_BASES}


@dataclass(frozen=True)
class Pareto:
    """The concentration of a basis within scope. ``cuts`` are the lowest values of class A and B."""

    figures: ParetoFigures
    cuts: tuple[int | None, int | None]
    top_20_from: int | None
    classes: dict[str, tuple[int, int]]


def pareto(base: Snapshot, basis: str = "net_revenue", shares: Sequence[float] = (0.80, 0.95)) -> Pareto:
    """Figures, curve and classes of a money basis (name of ``MONEY_BASES``)."""
    table = base.reader.arrow(_DISTRIBUTIONS[basis].format(scope=base.scope), base.values or None)
    found = Distribution.from_arrays(table["value"].to_numpy(), table["customers"].to_numpy())
    figures = figures_of(found, basis)
    a, b = (abc_cut(found, share) if found.size else None for share in shares)
    # Cuts are values of the distribution, and these are whole units of money.
    return Pareto(figures, (a, b), _value_at(found, 0.20), _classes(found, a, b))  # type: ignore[arg-type]


def _value_at(found: Distribution, part: float) -> int | None:
    """The lowest value among the first ⌈part · n⌉ customers."""
    if not found.size:
        return None
    wanted = -(-found.size * round(part * 100) // 100)
    place = int(np.searchsorted(np.cumsum(found.counts[::-1]), wanted))
    return int(found.values[::-1][place])


def _classes(found: Distribution, a: Any, b: Any) -> dict[str, tuple[int, int]]:
    """Customers and sum of the basis per class; without a cut-point the class is empty."""
    in_a = np.zeros(len(found.values), bool) if a is None else found.values >= a
    in_b = np.zeros(len(found.values), bool) if b is None else (found.values >= b) & ~in_a
    return {
        name: (int(found.counts[mask].sum()), int((found.values * found.counts)[mask].sum()))
        for name, mask in (("A", in_a), ("B", in_b), ("C", ~in_a & ~in_b))
    }
