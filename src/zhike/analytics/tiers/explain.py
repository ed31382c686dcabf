"""Why a customer has this tier, and what would lift the customer to the next one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhike.analytics.literals import Number
from zhike.analytics.tiers.measures import measure
from zhike.analytics.tiers.model import Dimension, Tier
from zhike.analytics.tiers.score import TOTAL_DIGITS, interpolate, value_for
from zhike.analytics.words import Words

if TYPE_CHECKING:
    from zhike.analytics.calibration import Calibration


@dataclass(frozen=True)
class DimensionReason:
    """One dimension's part in the score.

    ``weight`` is the share (0–1) the dimension has for this customer: unknown and constant dimensions have
    0 and the others grow. ``contribution`` = weight · score; the contributions sum up to the tier score.
    ``needed`` is the raw value that alone would lift the customer to the next tier, None if it cannot.
    """

    code: str
    name: Words
    feature: str
    unit: str
    raw: Number | None
    score: float | None
    weight: float
    contribution: float
    needed: Number | None
    actionable: bool


@dataclass(frozen=True)
class Explanation:
    """Why this tier.

    ``next_tier`` and ``next_score``: the tier above and the score from which it begins (None at the top);
    while a tier is held by the grace period, the tier itself: what it takes to keep it.
    ``held_until``: the customer keeps a tier above the deserved one until that day number. ``no_value``: net
    revenue is not above zero, so only the lowest tier is possible whatever the score.
    """

    tier: Tier | None
    raw_tier: Tier | None
    score: float
    next_tier: Tier | None
    next_score: float | None
    held_until: int | None
    no_value: bool
    dimensions: tuple[DimensionReason, ...]


def explain(
    calibration: Calibration, reasons: str | list[dict[str, Any]], row: Mapping[str, Any]
) -> Explanation:
    """Put the reasons of an evaluated row into figures.

    ``row`` holds tier, raw_tier, pending_since and net_revenue of the customer (any mapping with them).
    """
    found = {r["d"]: r for r in (json.loads(reasons) if isinstance(reasons, str) else reasons)}
    model = calibration.model
    weights = _weights(calibration, found)
    score = round(sum(w * found[code]["score"] for code, w in weights.items()), TOTAL_DIGITS)
    tier, raw = int(row["tier"]), int(row.get("raw_tier", row["tier"]))
    above, start = _next(calibration, tier - 1 if tier > raw else raw)
    no_value = (row.get("net_revenue") or 0) <= 0
    aim = None if no_value else start
    return Explanation(
        model.tier(tier),
        model.tier(raw),
        score,
        above,
        start,
        _held_until(row, raw, model.grace_days),
        no_value,
        tuple(_reason(calibration, d, found.get(d.code, {}), weights, score, aim) for d in model.dimensions),
    )


def _weights(calibration: Calibration, found: dict[str, dict[str, Any]]) -> dict[str, float]:
    known = {
        d.code: float(d.weight)
        for d in calibration.model.dimensions
        if calibration.knots.get(d.code) and found.get(d.code, {}).get("score") is not None
    }
    total = sum(known.values())
    return {code: weight / total for code, weight in known.items()} if total else {}


def _next(calibration: Calibration, raw: int) -> tuple[Tier | None, float | None]:
    """The nearest tier above that anybody can reach."""
    for place in range(max(raw, 1), len(calibration.model.tiers)):
        start = calibration.tier_cuts[place]
        if start is not None:
            return calibration.model.tiers[place], start
    return None, None


def _held_until(row: Mapping[str, Any], raw: int, grace_days: int) -> int | None:
    since = row.get("pending_since")
    return int(since) + grace_days if since is not None and int(row["tier"]) > raw else None


def _reason(
    calibration: Calibration,
    dimension: Dimension,
    found: dict[str, Any],
    weights: dict[str, float],
    total: float,
    aim: float | None,
) -> DimensionReason:
    feature = measure(dimension.feature)
    weight, score = weights.get(dimension.code, 0.0), found.get("score")
    needed = None
    if aim is not None and weight > 0 and score is not None:
        needed = _needed(calibration, dimension, weight, score, aim - total)
    return DimensionReason(
        dimension.code,
        dimension.name,
        dimension.feature,
        feature.unit,
        found.get("raw"),
        score,
        weight,
        weight * (score or 0.0),
        needed,
        feature.actionable,
    )


def _needed(
    calibration: Calibration, dimension: Dimension, weight: float, score: float, missing: float
) -> Number | None:
    """Rounded to the cent above, so that the promise holds after the engine's own rounding."""
    wanted = score + missing / weight + 0.006
    if wanted > 100.006:
        return None
    points = calibration.knots[dimension.code]
    whole = measure(dimension.feature).type != "DOUBLE"
    value = value_for(min(wanted, 100.0), points, dimension.direction, whole=whole)
    return value if value is None or interpolate(float(value), points) + 0.006 >= wanted else None
