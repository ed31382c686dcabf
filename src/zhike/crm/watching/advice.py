"""What to do when the base has drifted: the criteria in force, as fixed today, and who would move."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from zhike.analytics import Calibration
from zhike.analytics.tiers.measures import measure
from zhike.analytics.tiers.model import Dimension
from zhike.analytics.tiers.score import value_for
from zhike.crm.insight import days, previews, queries
from zhike.crm.insight.models import Version
from zhike.crm.segments import paired
from zhike.crm.watching.drift import Reading
from zhike.crm.watching.models import Proposal
from zhike.crm.watching.source import customers_with_predictions

#: The score at which a criterion is told: four in five customers are worse.
TOLD_AT = 80.0


def propose(version: Version, drifted: list[Reading]) -> Proposal:
    """Fix the version's definition on today's customers, without putting it in force."""
    calibration = queries.calibration_of(version)
    preview = _preview(version, calibration)
    fresh, model = preview.calibration, calibration.model
    moved = [(a, b, n) for a, b, n in preview.flows if a != b and a and b]
    content: dict[str, Any] = {
        "drifted": [one.code for one in drifted],
        "criteria": [
            _criterion(one, calibration.knots.get(one.code, ()), fresh.knots.get(one.code, ()))
            for one in model.dimensions
        ],
        "cuts": [
            {"rank": rank, "old": old, "new": new}
            for rank, (old, new) in enumerate(zip(calibration.tier_cuts, fresh.tier_cuts, strict=True), 1)
            if rank > 1
        ],
        "customers": preview.customers,
        "moved": sum(n for _a, _b, n in moved),
        "up": sum(n for a, b, n in moved if b > a),
        "down": sum(n for a, b, n in moved if b < a),
        "flows": moved,
        "sampled": preview.sampled,
    }
    return Proposal.objects.update_or_create(
        version=version, defaults={"as_of": days.EPOCH + timedelta(days=preview.as_of), "content": content}
    )[0]


def _preview(version: Version, calibration: Calibration) -> previews.Preview:
    if version.model.is_primary:
        return previews.preview(calibration.settings)
    source = (paired.Paired(), customers_with_predictions())
    return previews.preview(calibration.settings, before=calibration, source=source)


def _criterion(dimension: Dimension, old: Any, new: Any) -> dict[str, Any]:
    feature = measure(dimension.feature)
    whole = feature.unit not in ("share",)
    values = [
        value_for(TOLD_AT, points, dimension.direction, whole=whole) if points else None
        for points in (old, new)
    ]
    return {
        "code": dimension.code,
        "feature": dimension.feature,
        "unit": feature.unit,
        "old": values[0],
        "new": values[1],
    }
