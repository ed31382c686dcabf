"""Whether the customers have moved away from those on whom the tiers in force were fixed.

Per dimension of the tier model and for the tier score: the shares of about ten bins then and now. The base of
a dimension is read from the version's own break-points; what they do not tell (the score, dimensions that are
no percentages) is kept when the version is first watched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhike.analytics.distribution import Distribution
from zhike.analytics.literals import number
from zhike.analytics.tiers.model import LOWER, Dimension
from zhike.analytics.watching import Stability, population_stability
from zhike.analytics.watching.reference import bins_of, bins_of_knots
from zhike.crm.insight import days, queries, snapshots
from zhike.crm.insight.models import Version
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.models import Baseline, Metric

SCORE, TIERS = "score", "tiers"
#: With fewer customers on either side chance alone moves the index.
ENOUGH = 100
_BASE = "c.profiled AND c.frequency > 0"


@dataclass(frozen=True)
class Bins:
    """A measure cut at ``edges``; with ``closed`` a bin ends with its edge (x ≤ edge), else before it."""

    code: str
    column: str
    edges: tuple[Any, ...]
    shares: tuple[float, ...]
    since: date
    closed: bool = False


@dataclass(frozen=True)
class Reading:
    """One measure then and now."""

    code: str
    bins: Bins
    stability: Stability
    customers: int

    @property
    def alarms(self) -> bool:
        return self.customers >= ENOUGH and self.stability.standing == "drifted"


@dataclass(frozen=True)
class SegmentReading:
    """How large a part of everybody a segment was when its version was first measured, and is now."""

    ref: int
    version: int
    since: date
    before: float
    now: float
    stability: Stability
    customers: int

    @property
    def alarms(self) -> bool:
        return self.customers >= ENOUGH and self.stability.standing == "drifted"


@dataclass(frozen=True)
class Watched:
    """Everything that one look found."""

    version: Version | None
    readings: tuple[Reading, ...]
    segments: tuple[SegmentReading, ...]


def version_in_force() -> Version | None:
    """The version whose tiers the snapshot shows."""
    if not snapshots.is_usable():
        return None
    pk = snapshots.reader().meta()["extra"].get("version_id")
    return Version.objects.filter(pk=pk).first()


def watch() -> Watched:
    """Look at everything, after noting the base of what is seen for the first time."""
    version = version_in_force()
    if version is not None:
        note_base(version)
    return Watched(version, tuple(readings(version)) if version else (), tuple(segment_readings()))


def note_base(version: Version) -> None:
    """Keep how the measures without a base of their own are distributed now, once per version."""
    known = set(Baseline.objects.filter(version=version).values_list("code", flat=True))
    for code, column in _unknown(version):
        if code in known:
            continue
        edges, counts = bins_of(_distribution(column))
        if sum(counts):
            as_of = snapshot_day()
            Baseline.objects.get_or_create(
                version=version,
                code=code,
                defaults={"as_of": as_of, "edges": list(edges), "counts": list(counts)},
            )


def snapshot_day() -> date:
    """The day of the published snapshot."""
    found = days.day_of(snapshots.reader().meta()["as_of"])
    assert found is not None
    return found


def _unknown(version: Version) -> list[tuple[str, str]]:
    """(code, column) of what the version's break-points do not tell."""
    found = [(d.code, d.feature) for d in _dimensions(version) if not _is_percentage(d)]
    return [*found, (SCORE, "tier_score")]


def _dimensions(version: Version) -> Sequence[Dimension]:
    return queries.calibration_of(version).model.dimensions


def _is_percentage(dimension: Dimension) -> bool:
    """Whether the dimension's score is the percentage of customers with a worse value."""
    return getattr(dimension, "transform", "percentile") == "percentile"


def _distribution(column: str) -> Distribution:
    text = (
        f"SELECT c.{column} AS v, COUNT(*) AS n FROM customers c "
        f"WHERE {_BASE} AND c.{column} IS NOT NULL GROUP BY 1"
    )
    table = snapshots.reader().arrow(text)
    return Distribution.from_arrays(table["v"].to_numpy(), table["n"].to_numpy())


def readings(version: Version) -> list[Reading]:
    """Every dimension of the model in its order, then the score."""
    bins = [*filter(None, (_of_dimension(version, one) for one in _dimensions(version)))]
    stored = Baseline.objects.filter(version=version)
    columns = dict(_unknown(version))
    bins += [
        Bins(
            one.code,
            columns[one.code],
            tuple(one.edges),
            tuple(count / sum(one.counts) for count in one.counts),
            one.as_of,
        )
        for one in stored
        if one.code in columns and one.edges
    ]
    counts = _counted(bins)
    found = [_reading(one, now, version) for one, now in zip(bins, counts, strict=True) if sum(now)]
    order = {d.code: place for place, d in enumerate(_dimensions(version))}
    return sorted(found, key=lambda one: order.get(one.code, len(order)))


def _of_dimension(version: Version, dimension: Dimension) -> Bins | None:
    points = queries.calibration_of(version).knots.get(dimension.code, ())
    if not _is_percentage(dimension) or not points:
        return None
    edges, shares = bins_of_knots(points, dimension.direction)
    closed = dimension.direction == LOWER
    return Bins(dimension.code, dimension.feature, edges, shares, version.as_of, closed) if edges else None


def _reading(bins: Bins, counts: Sequence[int], version: Version) -> Reading:
    """Shares of the past count as the customers that the version was fixed on."""
    then = max(version.customers, 1)
    stability = population_stability([share * then for share in bins.shares], counts)
    return Reading(bins.code, bins, stability, min(then, sum(counts)))


def _counted(bins: Sequence[Bins]) -> list[list[int]]:
    """Customers per bin now, of all measures in one pass over the snapshot."""
    if not bins:
        return []
    columns = ", ".join(
        f"COUNT(*) FILTER (c.{one.column} {'<=' if one.closed else '<'} {number(edge)})"
        if edge is not None
        else f"COUNT(c.{one.column})"
        for one in bins
        for edge in (*one.edges, None)
    )
    row = list(snapshots.reader().query(f"SELECT {columns} FROM customers c WHERE {_BASE}")[0])
    found = []
    for one in bins:
        below, row = row[: len(one.edges) + 1], row[len(one.edges) + 1 :]
        found.append([b - a for a, b in zip([0, *below[:-1]], below, strict=True)])
    return found


def segment_readings() -> list[SegmentReading]:
    """The size of each segment against the first day of its version in force."""
    rows: dict[tuple[int, int], list[Metric]] = {}
    newest: dict[int, Metric] = {}
    for row in Metric.objects.filter(kind=Kind.SEGMENT, version__isnull=False).order_by("day"):
        rows.setdefault((row.ref, row.version or 0), []).append(row)
        newest[row.ref] = row
    return [_of_segment(rows[ref, last.version or 0][0], last) for ref, last in newest.items()]


def _of_segment(first: Metric, last: Metric) -> SegmentReading:
    then = [first.customers, max(first.population - first.customers, 0)]
    now = [last.customers, max(last.population - last.customers, 0)]
    known = sum(then) and sum(now)
    stability = population_stability(then, now) if known else Stability(0.0, (), 0)
    return SegmentReading(
        last.ref,
        last.version or 0,
        first.day,
        then[0] / sum(then) if known else 0.0,
        now[0] / sum(now) if known else 0.0,
        stability,
        min(sum(then), sum(now)),
    )
