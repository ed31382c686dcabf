"""Pictures of a draft: how customers are spread over a measure, and over the tier scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from zhike.analytics import Calibration, calibrate, evaluate
from zhike.analytics.distribution import Distribution
from zhike.analytics.features.catalogue import CATALOGUE, Feature
from zhike.analytics.tiers.measures import PREDICTED, measure
from zhike.analytics.tiers.model import Dimension
from zhike.analytics.tiers.score import interpolate
from zhike.analytics.tiers.transform import dimension_knots
from zhike.analytics.tiers.weights import information_of
from zhike.crm.insight import labels, queries
from zhike.crm.insight import services as insight
from zhike.crm.insight.errors import NoAnalysisError
from zhike.crm.studio import base
from zhike.crm.studio.base import Base
from zhike.crm.studio.models import Draft
from zhike.crm.studio.simulation import will_be_primary
from zhike.platform import charts, shades
from zhike.platform.charts import Chart, Series
from zhike.platform.templatetags import zhike_format as say

WIDTH, HEIGHT, BARS = 240, 60, 30
#: Scores are counted in classes of so many points.
CLASS = 2
#: The outermost values are left out of the picture: one customer must not press all others together.
SHOWN = (0.0, 0.97)

_VALUES = """
SELECT {column} AS v, COUNT(*) AS n FROM {rows}
WHERE profiled AND frequency > 0 AND {column} IS NOT NULL GROUP BY {column}
"""


# Of more customers than this a part is looked at: a picture is not a simulation.
SAMPLE = 50_000
_PART = """
CREATE OR REPLACE TEMPORARY TABLE part AS
SELECT * FROM features WHERE profiled AND frequency > 0 AND hash(customer_id) % {parts} = 0
"""
_STEPS = f"""
SELECT CAST(raw_tier AS INTEGER),
  CAST(LEAST(FLOOR(tier_score / {CLASS}), {100 // CLASS - 1}) AS INTEGER), COUNT(*)
FROM scores GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Spread:
    """Bars of a histogram, and the points a value brings as a line over it."""

    bars: list[Bar]
    line: str
    low: str
    high: str
    words: str


def distribution(feature: str) -> Distribution | None:
    """The values of today's customers; None while there are none, or for what nobody measures."""
    rows = _predicted(feature) if feature in PREDICTED else _published(feature)
    if not rows:
        return None
    return Distribution.from_arrays(np.array([row[0] for row in rows]), np.array([row[1] for row in rows]))


def _published(feature: str) -> list[tuple[Any, ...]]:
    """Of the snapshot. The name is one of the catalogue, never a person's text."""
    reader = queries.snapshot()
    if not reader.available or feature not in CATALOGUE:
        return []
    return reader.query(_VALUES.format(column=f'"{feature}"', rows="customers"))


def _predicted(feature: str) -> list[tuple[Any, ...]]:
    """Of what the models foresee, which stands beside the snapshot; of a large base a part."""
    try:
        with base.opened() as opened:
            _take_part(opened)
            return opened.session.connection.execute(
                _VALUES.format(column=f'"{feature}"', rows="part")
            ).fetchall()
    except NoAnalysisError:
        return []


def _take_part(opened: Base) -> int:
    """``part``: the customers who are looked at; returns how many each of them stands for."""
    parts = max(1, -(-opened.customers // SAMPLE))
    opened.session.connection.execute(_PART.format(parts=parts))
    return parts


def spread(dimension: Dimension) -> Spread | None:
    """The picture of one dimension; None where nothing is known of the measure."""
    found = distribution(dimension.feature)
    if found is None:
        return None
    low, high = (found.quantile(share) for share in SHOWN)
    if low == high:
        high = float(found.values[-1])
    if low == high:
        high = low + (abs(low) or 1)
    feature = measure(dimension.feature)
    middle = _said(found.quantile(0.5), feature)
    return Spread(
        _bars(found, low, high),
        _line(_points(found, dimension), low, high),
        _said(low, feature),
        _said(high, feature),
        _("middle %(value)s") % {"value": middle},
    )


def _points(found: Distribution, dimension: Dimension) -> Sequence[tuple[Any, float]]:
    """Break-points of what is being typed; none while it makes no sense, such as a logarithm from zero on."""
    try:
        return dimension_knots(found, dimension)
    except (ArithmeticError, ValueError, IndexError):
        return ()


def _bars(found: Distribution, low: float, high: float) -> list[Bar]:
    inside = (found.values >= low) & (found.values <= high)
    values, counts = found.values[inside].astype(float), found.counts[inside]
    heights, _edges = np.histogram(values, bins=BARS, range=(low, high), weights=counts)
    # Square roots: the few at the far end stay visible beside the many.
    scaled = np.sqrt(heights / max(heights.max(), 1)) * HEIGHT
    width = WIDTH / BARS
    return [
        Bar(round(i * width + 0.5, 2), round(HEIGHT - h, 2), round(width - 1, 2), round(float(h), 2))
        for i, h in enumerate(scaled)
    ]


def _line(points: Sequence[tuple[Any, float]], low: float, high: float) -> str:
    if not points:
        return ""
    xs = np.linspace(low, high, 61)
    pairs = [
        ((x - low) / (high - low) * WIDTH, HEIGHT - interpolate(float(x), points) / 100 * HEIGHT) for x in xs
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def _said(value: float, feature: Feature) -> str:
    if feature.unit == "money":
        return say.money_short(value / 10_000)
    if feature.unit == "share":
        return say.percent(value)
    return say.number(value, 0 if float(value).is_integer() else 1)


def information(draft: Draft) -> list[dict[str, Any]]:
    """Per dimension what the data tell about the customers: entropy, information and the weight from it.

    Raises NoAnalysisError while nothing is analyzed.
    """
    settings = insight.checked(draft.definition, predicted=not will_be_primary(draft))
    with base.opened(settings) as opened:
        found = information_of(opened.session, "features", settings.tiers)
    total = sum(found.values())
    return [
        {
            "code": code,
            "entropy": 1 - value,
            "information": value,
            "weight": value / total if total else 1 / len(found),
        }
        for code, value in found.items()
    ]


def scores_of(draft: Draft, definition: dict[str, Any]) -> Scores:
    """The tier scores by rules that need not be saved; of a large base a part is looked at.

    Raises DefinitionError for rules that cannot be used and NoAnalysisError while nothing is analyzed.
    """
    settings = insight.checked(definition, predicted=not will_be_primary(draft))
    with base.opened(settings) as opened:
        session, parts = opened.session, _take_part(opened)
        calibration = calibrate(session, "part", settings)
        evaluate(session, "part", calibration, opened.as_of, into="scores")
        rows = session.rows(_STEPS)
    return _scores(calibration, [(tier, step, count * parts) for tier, step, count in rows])


@dataclass(frozen=True)
class TierShare:
    """``start``: the score from which it begins, None for the lowest and for one that nobody reaches."""

    name: str
    color: str
    start: float | None
    customers: int
    share: float


@dataclass(frozen=True)
class Scores:
    chart: Chart
    tiers: list[TierShare]
    guards: list[str]


def _scores(calibration: Calibration, rows: Sequence[tuple[int, int, int]]) -> Scores:
    """``rows`` hold tier, class of scores and number of customers."""
    model, total = calibration.model, sum(count for _tier, _step, count in rows)
    ranks = range(len(model.tiers), 0, -1)
    counts = {rank: sum(count for tier, _step, count in rows if tier == rank) for rank in ranks}
    tiers = [
        TierShare(
            labels.say(model.tiers[rank - 1].name),
            shades.fill(shades.number(model.tiers[rank - 1].color, rank)),
            calibration.tier_cuts[rank - 1] if rank > 1 else None,
            counts[rank],
            counts[rank] / total if total else 0,
        )
        for rank in ranks
    ]
    return Scores(_histogram(calibration, rows), tiers, [labels.say(g.words) for g in calibration.guards])


def _histogram(calibration: Calibration, rows: Sequence[tuple[int, int, int]]) -> Chart:
    """Stacked by tier, so that the color changes where a tier begins."""
    edges = list(range(0, 100 + CLASS, CLASS))
    found = {(tier, step): count for tier, step, count in rows}
    series = [
        Series(
            labels.say(tier.name),
            [found.get((rank, step), 0) for step in range(len(edges) - 1)],
            color=shades.fill(shades.number(tier.color, rank)),
        )
        for rank, tier in enumerate(calibration.model.tiers, 1)
    ]
    return charts.bars(
        title=_("Tier scores of the customers"),
        labels=[f"{low}–{high}" for low, high in pairwise(edges)],
        series=series,
        stacked=True,
        label_title=_("Points"),
    )
