"""Whether the customers have moved away from those on whom the tiers in force were fixed.

Per dimension of every tier model in use and for its score: the shares of about ten bins then and now. The
base of a dimension is read from the version's own break-points; what they do not tell (the score) is kept
when the version is first watched.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from zhike.analytics.distribution import Distribution
from zhike.analytics.literals import number
from zhike.analytics.tiers.measures import PREDICTED
from zhike.analytics.tiers.model import LOWER, PERCENTILE, Dimension
from zhike.analytics.watching import Stability, population_stability
from zhike.analytics.watching.reference import bins_of, bins_of_knots
from zhike.analytics.watching.stability import DRIFTED, STABLE, WATCHED
from zhike.crm.insight import days, queries, snapshots
from zhike.crm.insight.models import TierAssignment, Version
from zhike.crm.segments import paired
from zhike.crm.segments.models import SegmentVersion
from zhike.crm.watching.choices import Kind
from zhike.crm.watching.codes import BESIDE
from zhike.crm.watching.models import Baseline, Metric
from zhike.crm.watching.source import customers_with_predictions
from zhike.platform.models import Job

SCORE, SCORE_COLUMN = "score", "tier_score"
#: With fewer customers on either side chance alone moves the index.
ENOUGH = 100
#: A segment is worth watching, and has drifted, when its share is so many times that of then, or so little.
FACTORS = (1.5, 2.0)
_ORDER = (STABLE, WATCHED, DRIFTED)
#: A segment of the first so many that is about full on both days has its size by its definition.
FIXED, FULL = "fixed", 0.9


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
    """How large a part of everybody a segment was when its version was first measured, and is now.

    The index hardly moves with a small segment, however much this grows; so the factor counts too.
    """

    ref: int
    version: int
    since: date
    before: float
    now: float
    stability: Stability
    customers: int
    members: int
    #: "The first hundred" are a hundred, however many customers there are.
    fixed: bool = False

    @property
    def times(self) -> float | None:
        """The share now, as so many times that of then."""
        return self.now / self.before if self.before else None

    @property
    def standing(self) -> str:
        if self.fixed:
            return FIXED
        factor = max(self.times or 0.0, 1 / self.times if self.times else 0.0)
        if self.members < ENOUGH or factor < FACTORS[0]:
            return self.stability.standing
        return DRIFTED if factor >= FACTORS[1] else max(self.stability.standing, WATCHED, key=_ORDER.index)

    @property
    def alarms(self) -> bool:
        return self.customers >= ENOUGH and self.standing == DRIFTED


@dataclass(frozen=True)
class Watching:
    """A version in force with everything that was measured on it."""

    version: Version
    readings: tuple[Reading, ...]

    @property
    def drifted(self) -> list[Reading]:
        return [one for one in self.readings if one.alarms]


@dataclass(frozen=True)
class Watched:
    """Everything that one look found."""

    models: tuple[Watching, ...]
    segments: tuple[SegmentReading, ...]


def versions_in_force() -> list[Version]:
    """The version whose tiers the snapshot shows, then those of the models beside it."""
    if not snapshots.is_usable():
        return []
    pk = snapshots.reader().meta()["extra"].get("version_id")
    current = Q(is_current=True, model__is_primary=False, model__retired_at__isnull=True)
    found = Version.objects.filter(Q(pk=pk) | current).select_related("model").order_by("model_id")
    return sorted(found, key=lambda one: one.pk != pk)


def watch() -> Watched:
    """Look at everything, after noting the base of what is seen for the first time."""
    found = []
    for version in versions_in_force():
        note_base(version)
        found.append(Watching(version, readings(version)))
    return Watched(tuple(found), tuple(segment_readings()))


def note_base(version: Version) -> None:
    """Keep how the measures without a base of their own are distributed now, once per version."""
    known = set(Baseline.objects.filter(version=version).values_list("code", flat=True))
    for code in _without_base(version):
        if code in known:
            continue
        edges, counts = bins_of(_distribution(version, code))
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


def _without_base(version: Version) -> list[str]:
    """What the version itself does not tell: the score, and dimensions of older versions."""
    known = {one.code for one in _told(version)}
    return [*(one.code for one in _dimensions(version) if one.code not in known), SCORE]


def _dimensions(version: Version) -> Sequence[Dimension]:
    return queries.calibration_of(version).model.dimensions


def _told(version: Version) -> list[Bins]:
    return [*filter(None, (_of_dimension(version, one) for one in _dimensions(version)))]


def _of_dimension(version: Version, dimension: Dimension) -> Bins | None:
    """From the break-points by percentile that the version keeps."""
    calibration = queries.calibration_of(version)
    by_percentile = getattr(dimension, "transform", PERCENTILE) == PERCENTILE
    if not by_percentile and dimension.code not in calibration.ranked:
        return None
    points = calibration.distribution(dimension.code)
    edges, shares = bins_of_knots(points, dimension.direction) if points else ((), ())
    closed = dimension.direction == LOWER
    return Bins(dimension.code, dimension.feature, edges, shares, version.as_of, closed) if edges else None


def readings(version: Version) -> tuple[Reading, ...]:
    """Every dimension of the model in its order, then the score; kept until there is something new."""
    done = Job.objects.filter(kind=BESIDE, state=Job.State.DONE).aggregate(last=Max("pk"))["last"]
    bases = Baseline.objects.filter(version=version).count()
    return _readings(str(settings.ZHIKE_HOME), paired.files(), version, bases, done)


@lru_cache(maxsize=8)
def _readings(_home: str, _files: Any, version: Version, *_stamp: Any) -> tuple[Reading, ...]:
    bins = _told(version) + _noted(version)
    counts = _counted([one for one in bins if _in_snapshot(version, one.code)])
    found = []
    for one in bins:
        now = counts.get(one.code) or _counted_scores(version, one)
        if sum(now):
            found.append(_reading(one, now, version))
    order = {d.code: place for place, d in enumerate(_dimensions(version))}
    return tuple(sorted(found, key=lambda one: order.get(one.code, len(order))))


def _noted(version: Version) -> list[Bins]:
    """The bases that were kept when the version was first watched."""
    features = {one.code: one.feature for one in _dimensions(version)}
    wanted = set(_without_base(version))
    return [
        Bins(
            one.code,
            features.get(one.code, SCORE_COLUMN),
            tuple(one.edges),
            tuple(count / sum(one.counts) for count in one.counts),
            one.as_of,
        )
        for one in Baseline.objects.filter(version=version)
        if one.code in wanted and one.edges
    ]


def _reading(bins: Bins, counts: Sequence[int], version: Version) -> Reading:
    """Shares of the past count as the customers that the version was fixed on."""
    then = max(version.customers, 1)
    stability = population_stability([share * then for share in bins.shares], counts)
    return Reading(bins.code, bins, stability, min(then, sum(counts)))


def _in_snapshot(version: Version, code: str) -> bool:
    """The score of a model beside the primary one stands in the store alone."""
    return code != SCORE or version.model.is_primary


def _sql(column: str) -> str:
    measure = PREDICTED.get(column)
    return f"({measure.sql})" if measure else f"c.{column}"


def _source(columns: Iterable[str]) -> str:
    relation = customers_with_predictions() if any(one in PREDICTED for one in columns) else "customers"
    return f"FROM {relation} c WHERE c.profiled AND c.frequency > 0"


def _distribution(version: Version, code: str) -> Distribution:
    if not _in_snapshot(version, code):
        values = _scores(version)
        return Distribution.from_arrays([value for value, _n in values], [n for _value, n in values])
    features = {one.code: one.feature for one in _dimensions(version)}
    column = features.get(code, SCORE_COLUMN)
    table = paired.Paired().arrow(
        f"SELECT {_sql(column)} AS v, COUNT(*) AS n {_source([column])} "
        f"AND {_sql(column)} IS NOT NULL GROUP BY 1"
    )
    return Distribution.from_arrays(table["v"].to_numpy(), table["n"].to_numpy())


def _scores(version: Version) -> list[tuple[float, int]]:
    """Tier scores of a model beside the primary one, to a tenth, with how many customers have each."""
    rows = TierAssignment.objects.filter(model_id=version.model_id, score__isnull=False)
    tenths = rows.order_by().annotate(tenth=Cast(F("score") * 10, IntegerField()))
    return [(tenth / 10, n) for tenth, n in tenths.values_list("tenth").annotate(n=Count("pk"))]


def _counted_scores(version: Version, bins: Bins) -> list[int]:
    found = [0] * (len(bins.edges) + 1)
    for value, count in _scores(version):
        found[bisect_right(bins.edges, value)] += count
    return found


def _counted(bins: Sequence[Bins]) -> dict[str, list[int]]:
    """Customers per bin now, of all measures in one pass over the snapshot."""
    if not bins:
        return {}
    columns = [
        f"COUNT(*) FILTER ({_sql(one.column)} {'<=' if one.closed else '<'} {number(edge)})"
        if edge is not None
        else f"COUNT({_sql(one.column)})"
        for one in bins
        for edge in (*one.edges, None)
    ]
    named = ", ".join(f"{text} AS n{place}" for place, text in enumerate(columns))
    row = list(paired.Paired().dicts(f"SELECT {named} {_source(one.column for one in bins)}")[0].values())
    found = {}
    for one in bins:
        below, row = row[: len(one.edges) + 1], row[len(one.edges) + 1 :]
        found[one.code] = [b - a for a, b in zip([0, *below[:-1]], below, strict=True)]
    return found


def segment_readings() -> list[SegmentReading]:
    """The size of each segment against the first day of its version in force."""
    rows = Metric.objects.filter(kind=Kind.SEGMENT, version__isnull=False)
    ends = Q(day=_extreme(rows, "-day", "ref")) | Q(day=_extreme(rows, "day", "ref", "version"))
    of: dict[int, list[Metric]] = {}
    for row in rows.filter(ends).annotate(most=_limit()).order_by("ref", "day"):
        of.setdefault(row.ref, []).append(row)
    return [_of_segment(_first(found), found[-1]) for found in of.values()]


def _first(found: Sequence[Metric]) -> Metric:
    return next(row for row in found if row.version == found[-1].version)


def _extreme(rows: Any, order: str, *same: str) -> Subquery:
    """The first day in an order of the rows that agree in some columns."""
    alike = rows.filter(**{name: OuterRef(name) for name in same})
    return Subquery(alike.order_by(order).values("day")[:1])


def _limit() -> Subquery:
    """How many members the definition in force then lets in at most."""
    known = SegmentVersion.objects.filter(segment=OuterRef("ref"), number=OuterRef("version"))
    return Subquery(known.order_by().values(most=KT("definition__limit__n"))[:1])


def _of_segment(first: Metric, last: Metric) -> SegmentReading:
    then = [first.customers, max(first.population - first.customers, 0)]
    now = [last.customers, max(last.population - last.customers, 0)]
    known = sum(then) and sum(now)
    most: Any = getattr(last, "most", None)
    stability = population_stability(then, now) if known else Stability(0.0, (), 0)
    return SegmentReading(
        last.ref,
        last.version or 0,
        first.day,
        then[0] / sum(then) if known else 0.0,
        now[0] / sum(now) if known else 0.0,
        stability,
        min(sum(then), sum(now)),
        max(then[0], now[0]),
        bool(most) and min(then[0], now[0]) >= FULL * int(most),
    )
