"""Calibrate: look at the whole base once and fix a version of every cut-point.

The other verb, ``evaluate``, scores any set of customers with such a version. The two are never mixed.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from zhike.analytics.distribution import BASE, Distribution
from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.session import identifier
from zhike.analytics.guards import Guard
from zhike.analytics.lifecycle import Rhythm, calibrate_rhythm, upper_cut
from zhike.analytics.literals import Number
from zhike.analytics.pareto import AbcCuts, calibrate_abc
from zhike.analytics.rfm import RfmCuts, calibrate_rfm
from zhike.analytics.settings import AnalysisSettings
from zhike.analytics.tiers.breaks import natural_breaks
from zhike.analytics.tiers.model import BY_BREAKS, BY_VALUE, PERCENTILE, TierModel
from zhike.analytics.tiers.score import Knot, knots
from zhike.analytics.tiers.transform import dimension_knots


@dataclass(frozen=True)
class Calibration:
    """A fixed version of the analysis. ``tier_cuts[i]`` is the score from which tier i + 1 begins.

    None marks a tier that nobody can reach. ``knots`` holds the break-points of each dimension, empty when
    all customers are equal in it. ``ranked`` holds the break-points by percentile of the dimensions that
    score by value: how the base was distributed on that day.
    """

    settings: AnalysisSettings
    as_of: int
    customers: int
    rfm: RfmCuts
    abc: AbcCuts
    rhythm: Rhythm
    knots: dict[str, tuple[Knot, ...]]
    tier_cuts: tuple[float | None, ...]
    guards: tuple[Guard, ...] = field(default=())
    ranked: dict[str, tuple[Knot, ...]] = field(default_factory=dict)

    def distribution(self, code: str) -> tuple[Knot, ...]:
        """Break-points of a dimension by percentile, whichever way it scores."""
        return self.ranked.get(code, self.knots.get(code, ()))

    @property
    def model(self) -> TierModel:
        return self.settings.tiers

    @property
    def version(self) -> str:
        """A short name that two equal calibrations share."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        return {
            "settings": self.settings.to_dict(),
            "as_of": self.as_of,
            "customers": self.customers,
            "rfm": asdict(self.rfm),
            "abc": asdict(self.abc),
            "rhythm": asdict(self.rhythm),
            "knots": self.knots,
            "tier_cuts": self.tier_cuts,
            "guards": [asdict(g) for g in self.guards],
            **({"ranked": self.ranked} if self.ranked else {}),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        data = json.loads(text)
        return cls(
            settings=AnalysisSettings.from_dict(data["settings"]),
            as_of=data["as_of"],
            customers=data["customers"],
            rfm=RfmCuts.from_dict(data["rfm"]),
            abc=AbcCuts.from_dict(data["abc"]),
            rhythm=Rhythm.from_dict(data["rhythm"]),
            knots=_points(data["knots"]),
            tier_cuts=tuple(data["tier_cuts"]),
            guards=tuple(Guard(**g) for g in data["guards"]),
            ranked=_points(data.get("ranked", {})),
        )


def _points(data: dict[str, Any]) -> dict[str, tuple[Knot, ...]]:
    return {code: tuple((x, s) for x, s in points) for code, points in data.items()}


def calibrate(session: Engine, features: str, settings: AnalysisSettings | None = None) -> Calibration:
    """Fix all cut-points on the customers of a feature table (profiled, with at least one purchase)."""
    from zhike.analytics.evaluation import tier_score_sql

    settings = (settings or AnalysisSettings()).check(predicted=True)
    points, ranked = _dimension_points(session, features, settings.tiers)
    base = _base(session, features)
    cuts = _tier_cuts(
        session, features, settings.tiers, base["customers"], tier_score_sql(settings.tiers, points)
    )
    calibration = Calibration(
        settings=settings,
        as_of=base["as_of"],
        customers=base["customers"],
        rfm=calibrate_rfm(session, features, settings.rfm),
        abc=calibrate_abc(session, features, settings.abc),
        rhythm=calibrate_rhythm(session, features, settings.lifecycle),
        knots=points,
        tier_cuts=cuts,
        ranked=ranked,
    )
    return _with_guards(calibration, base)


def _dimension_points(
    session: Engine, features: str, model: TierModel
) -> tuple[dict[str, tuple[Knot, ...]], dict[str, tuple[Knot, ...]]]:
    """Break-points of all dimensions, and by percentile those of the ones that score by value."""
    points, ranked = {}, {}
    for dimension in model.dimensions:
        found = Distribution.of(session, features, dimension.feature)
        points[dimension.code] = dimension_knots(found, dimension)
        if dimension.transform != PERCENTILE:
            ranked[dimension.code] = knots(found, dimension.direction)
    return points, ranked


def _base(session: Engine, features: str) -> dict[str, int]:
    names = ("customers", "as_of", "repeaters", "one_time", "history", "without_margin")
    values = session.rows(
        "SELECT COUNT(*) AS a, MAX(as_of) AS b, SUM(CASE WHEN purchase_days > 1 THEN 1 ELSE 0 END) AS c, "
        "SUM(CASE WHEN frequency = 1 THEN 1 ELSE 0 END) AS d, MAX(tenure_days) AS e, "
        f"SUM(CASE WHEN margin IS NULL THEN 1 ELSE 0 END) AS f FROM {identifier(features)} WHERE {BASE}"
    )[0]
    return {name: int(value or 0) for name, value in zip(names, values, strict=True)}


def _tier_cuts(
    session: Engine, features: str, model: TierModel, customers: int, score: str
) -> tuple[float | None, ...]:
    if model.cut == BY_VALUE:
        return (0.0, *(tier.min_score for tier in model.tiers[1:]))
    table = session.sql(
        f"WITH s AS (SELECT {score} AS v FROM {identifier(features)} WHERE {BASE} "
        "AND net_revenue > 0) SELECT v, COUNT(*) AS n FROM s GROUP BY v"
    )
    found = Distribution.from_arrays(table["v"].to_numpy(), table["n"].to_numpy())
    if model.cut == BY_BREAKS:
        return (0.0, *natural_breaks(found, len(model.tiers)))
    cuts: list[Number | None] = []
    share = 0.0
    for tier in reversed(model.tiers[1:]):
        share += tier.share or 0.0
        cuts.append(upper_cut(found, math.ceil(round(share * customers, 9))) if tier.share else None)
    return (0.0, *(None if cut is None else float(cut) for cut in reversed(cuts)))


def _with_guards(calibration: Calibration, base: dict[str, int]) -> Calibration:
    from dataclasses import replace

    found = [*_size_guards(calibration.settings, base), *_model_guards(calibration, base)]
    return replace(calibration, guards=tuple(found))


def _size_guards(settings: AnalysisSettings, base: dict[str, int]) -> list[Guard]:
    limits, customers = settings.guards, base["customers"]
    if not customers:
        return [Guard("no_customers", {})]
    found = []
    if customers < limits.min_customers:
        found.append(Guard("few_customers", {"customers": customers, "needed": limits.min_customers}))
    if not base["repeaters"]:
        found.append(Guard("no_repeat_customers", {"days": settings.lifecycle.default_gap_days}))
    elif base["repeaters"] < limits.min_repeat_customers:
        found.append(
            Guard(
                "few_repeat_customers",
                {"customers": base["repeaters"], "needed": limits.min_repeat_customers},
            )
        )
    if base["history"] < limits.min_history_days:
        found.append(Guard("short_history", {"days": base["history"], "needed": limits.min_history_days}))
    if 2 * base["one_time"] > customers:
        found.append(Guard("mostly_one_time", {"percent": round(100 * base["one_time"] / customers)}))
    return found


def _model_guards(calibration: Calibration, base: dict[str, int]) -> list[Guard]:
    if not calibration.customers:
        return []
    model = calibration.model
    found = [
        Guard("dimension_constant", {"name": d.name.to_dict()})
        for d in model.dimensions
        if not calibration.knots[d.code]
    ]
    cuts = calibration.tier_cuts
    for place, tier in enumerate(model.tiers[1:], 1):
        above = [cut for cut in cuts[place + 1 :] if cut is not None]
        if cuts[place] is None or (above and cuts[place] == min(above)):
            found.append(Guard("tier_empty", {"name": tier.name.to_dict()}))
    uses_margin = "margin" in {
        calibration.abc.basis,
        calibration.rfm.basis,
        *(d.feature for d in model.dimensions),
    }
    if uses_margin and base["without_margin"]:
        percent = math.ceil(100 * base["without_margin"] / base["customers"])
        found.append(Guard("margin_unknown", {"percent": percent}))
    return found
