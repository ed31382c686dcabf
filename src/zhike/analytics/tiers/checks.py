"""What is wrong with a definition of tiers, field by field."""

from __future__ import annotations

from itertools import pairwise

from zhike.analytics.problems import Checks
from zhike.analytics.tiers.measures import measures
from zhike.analytics.tiers.model import (
    BY_BREAKS,
    BY_SHARE,
    CUTS,
    HIGHER,
    LINEAR,
    LOG,
    LOWER,
    MAX_DIMENSIONS,
    MAX_GRACE_DAYS,
    MAX_STEPS,
    MAX_TIERS,
    NO_TIER,
    STEPS,
    TRANSFORMS,
    Dimension,
    TierModel,
)

#: Beyond what any value of a customer can be, in 1/10,000.
MOST = 1e17


def check_model(model: TierModel, checks: Checks, at: str, *, predicted: bool) -> None:
    """Add every problem of the model to ``checks``."""
    checks.between(model.grace_days, 0, MAX_GRACE_DAYS, f"{at}.grace_days")
    checks.one_of(model.cut, CUTS, f"{at}.cut")
    _check_dimensions(model.dimensions, checks, f"{at}.dimensions", predicted=predicted)
    _check_tiers(model, checks, f"{at}.tiers")


def _check_dimensions(dimensions: tuple[Dimension, ...], checks: Checks, at: str, *, predicted: bool) -> None:
    known = measures(predicted=predicted)
    checks.require(
        1 <= len(dimensions) <= MAX_DIMENSIONS,
        at,
        "count",
        f"Between 1 and {MAX_DIMENSIONS} dimensions.",
        f"维度数量须在 1 到 {MAX_DIMENSIONS} 之间。",
    )
    checks.unique([d.code for d in dimensions], at)
    for i, dimension in enumerate(dimensions):
        checks.require(
            _is_code(dimension.code),
            f"{at}.{i}.code",
            "code",
            "Use letters, digits and underscores.",
            "只能使用字母、数字和下划线。",
        )
        checks.require(
            dimension.feature in known,
            f"{at}.{i}.feature",
            "unknown_feature",
            "This measure does not exist.",
            "没有这个指标。",
        )
        checks.between(dimension.weight, 0, 1_000, f"{at}.{i}.weight")
        checks.one_of(dimension.direction, (HIGHER, LOWER), f"{at}.{i}.direction")
        _check_transform(dimension, checks, f"{at}.{i}")
    weights = [d.weight for d in dimensions if isinstance(d.weight, int | float)]
    checks.require(
        sum(weights) > 0,
        at,
        "weights",
        "At least one weight must be above zero.",
        "至少一个维度的权重须大于零。",
    )


def _check_transform(dimension: Dimension, checks: Checks, at: str) -> None:
    checks.one_of(dimension.transform, TRANSFORMS, f"{at}.transform")
    if dimension.transform in (LINEAR, LOG):
        _check_ends(dimension, checks, at)
    if dimension.transform == STEPS:
        _check_steps(dimension, checks, f"{at}.steps")


def _check_ends(dimension: Dimension, checks: Checks, at: str) -> None:
    given = [(name, getattr(dimension, name)) for name in ("low", "high")]
    for name, value in given:
        if value is not None:
            checks.between(value, -MOST, MOST, f"{at}.{name}")
            checks.require(
                dimension.transform != LOG or not _is_number(value) or value > 0,
                f"{at}.{name}",
                "positive",
                "A logarithm needs values above zero.",
                "对数变换的数值必须大于零。",
            )
    if all(_is_number(value) for _name, value in given):
        checks.require(
            given[0][1] < given[1][1],
            f"{at}.high",
            "order",
            "Must be above the lower bound.",
            "必须大于下限。",
        )


def _check_steps(dimension: Dimension, checks: Checks, at: str) -> None:
    steps = dimension.steps
    checks.require(
        2 <= len(steps) <= MAX_STEPS,
        at,
        "count",
        f"Between 2 and {MAX_STEPS} steps.",
        f"分段数量须在 2 到 {MAX_STEPS} 之间。",
    )
    for i, (value, points) in enumerate(steps):
        checks.between(value, -MOST, MOST, f"{at}.{i}.0")
        checks.between(points, 0, 100, f"{at}.{i}.1")
    if not all(_is_number(v) and _is_number(p) for v, p in steps):
        return
    worse = -1 if dimension.direction == LOWER else 1
    checks.require(
        all(a[0] < b[0] for a, b in pairwise(steps)),
        at,
        "order",
        "Each step must begin above the one before it.",
        "每一段的起点须高于前一段。",
    )
    checks.require(
        all(worse * a[1] <= worse * b[1] for a, b in pairwise(steps)),
        at,
        "direction",
        "A better value must never score less.",
        "更好的数值得分不能更低。",
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_tiers(model: TierModel, checks: Checks, at: str) -> None:
    checks.require(
        2 <= len(model.tiers) <= MAX_TIERS,
        at,
        "count",
        f"Between 2 and {MAX_TIERS} tiers.",
        f"等级数量须在 2 到 {MAX_TIERS} 之间。",
    )
    checks.unique([t.code for t in model.tiers], at)
    for i, tier in enumerate(model.tiers):
        checks.require(
            _is_code(tier.code) and tier.code != NO_TIER,
            f"{at}.{i}.code",
            "code",
            "Use letters, digits and underscores, and not the word “none” alone.",
            "只能使用字母、数字和下划线，且不能是“none”。",
        )
        checks.require(
            bool(tier.name.zh or tier.name.en),
            f"{at}.{i}.name",
            "required",
            "Give it a name.",
            "请填写名称。",
        )
    _check_bounds(model, checks, at)


def _check_bounds(model: TierModel, checks: Checks, at: str) -> None:
    if model.cut == BY_BREAKS:
        return
    field = "share" if model.cut == BY_SHARE else "min_score"
    high = 1.0 if model.cut == BY_SHARE else 100.0
    bounds = [getattr(tier, field) for tier in model.tiers[1:]]
    for i, bound in enumerate(bounds, 1):
        checks.between(bound, 0, high, f"{at}.{i}.{field}")
    if not all(isinstance(b, int | float) for b in bounds):
        return
    if model.cut == BY_SHARE:
        checks.require(
            sum(bounds) <= 1,
            at,
            "shares",
            "The shares of the upper tiers exceed 100 %.",
            "各上级等级的占比之和超过 100%。",
        )
    else:
        checks.require(
            all(a < b for a, b in pairwise(bounds)),
            at,
            "order",
            "Each tier must begin above the one below it.",
            "每个等级的起始分数须高于下一级。",
        )


def _is_code(text: str) -> bool:
    return bool(text) and text.replace("_", "").isalnum() and text.isascii() and len(text) <= 40
