"""A tier model as data: weighted dimensions, tiers from low to high, and the grace period."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from zhike.analytics.problems import Checks
from zhike.analytics.words import Words

NO_WORDS = Words("", "")
HIGHER, LOWER = "higher", "lower"
BY_SHARE, BY_VALUE = "share", "value"
MAX_DIMENSIONS, MAX_TIERS, MAX_GRACE_DAYS = 20, 12, 730


@dataclass(frozen=True)
class Dimension:
    """One side of a customer's worth.

    ``feature`` names an entry of the catalogue, ``direction`` says whether a higher or a lower value is
    better. The raw value becomes a score of 0–100: the percentage of customers (at calibration) with a
    strictly worse value, so that equal customers always score the same.
    """

    code: str
    feature: str
    weight: float
    direction: str = HIGHER
    name: Words = NO_WORDS

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "feature": self.feature,
            "weight": self.weight,
            "direction": self.direction,
            "name": self.name.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Dimension:
        return cls(
            code=str(data.get("code", "")),
            feature=str(data.get("feature", "")),
            weight=data.get("weight", 0),
            direction=data.get("direction", HIGHER),
            name=Words.from_dict(data.get("name", {})),
        )


@dataclass(frozen=True)
class Tier:
    """A rank with its name and color. The lowest tier takes whoever is left: it has neither bound.

    ``share``: fraction of the customers meant for this tier (models cut by share).
    ``min_score``: tier score from which it begins (models cut by value).
    """

    code: str
    name: Words
    color: str
    share: float | None = None
    min_score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name.to_dict(),
            "color": self.color,
            "share": self.share,
            "min_score": self.min_score,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Tier:
        return cls(
            code=str(data.get("code", "")),
            name=Words.from_dict(data.get("name", {})),
            color=str(data.get("color", "")),
            share=data.get("share"),
            min_score=data.get("min_score"),
        )


@dataclass(frozen=True)
class TierModel:
    """Definition of a tier model. ``tiers`` run from lowest to highest; number 1 is the lowest.

    ``grace_days``: a tier is lost only after the lower one has been deserved for that many days.
    """

    code: str
    name: Words
    dimensions: tuple[Dimension, ...]
    tiers: tuple[Tier, ...]
    cut: str = BY_SHARE
    grace_days: int = 30

    def tier(self, number: int) -> Tier | None:
        """The tier of that number, None for 0 (no customer yet)."""
        return self.tiers[number - 1] if 1 <= number <= len(self.tiers) else None

    def number(self, code: str) -> int:
        return next((i for i, tier in enumerate(self.tiers, 1) if tier.code == code), 0)

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name.to_dict(),
            "cut": self.cut,
            "grace_days": self.grace_days,
            "dimensions": [d.to_dict() for d in self.dimensions],
            "tiers": [t.to_dict() for t in self.tiers],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TierModel:
        return cls(
            code=str(data.get("code", "")),
            name=Words.from_dict(data.get("name", {})),
            cut=data.get("cut", BY_SHARE),
            grace_days=data.get("grace_days", 30),
            dimensions=tuple(Dimension.from_dict(d) for d in data.get("dimensions", ())),
            tiers=tuple(Tier.from_dict(t) for t in data.get("tiers", ())),
        )

    def check(self, checks: Checks, at: str = "tiers") -> None:
        """Add every problem of this model to ``checks``."""
        checks.between(self.grace_days, 0, MAX_GRACE_DAYS, f"{at}.grace_days")
        checks.one_of(self.cut, (BY_SHARE, BY_VALUE), f"{at}.cut")
        _check_dimensions(self.dimensions, checks, f"{at}.dimensions")
        _check_tiers(self, checks, f"{at}.tiers")


def _check_dimensions(dimensions: tuple[Dimension, ...], checks: Checks, at: str) -> None:
    from zhike.analytics.features.catalogue import numeric_features

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
            dimension.feature in numeric_features(),
            f"{at}.{i}.feature",
            "unknown_feature",
            "This measure does not exist.",
            "没有这个指标。",
        )
        checks.between(dimension.weight, 0, 1_000, f"{at}.{i}.weight")
        checks.one_of(dimension.direction, (HIGHER, LOWER), f"{at}.{i}.direction")
    weights = [d.weight for d in dimensions if isinstance(d.weight, int | float)]
    checks.require(
        sum(weights) > 0,
        at,
        "weights",
        "At least one weight must be above zero.",
        "至少一个维度的权重须大于零。",
    )


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
            _is_code(tier.code),
            f"{at}.{i}.code",
            "code",
            "Use letters, digits and underscores.",
            "只能使用字母、数字和下划线。",
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


def default_model() -> TierModel:
    """The model every installation begins with: docs/concepts/tiers.md tells why."""
    return TierModel(
        code="value",
        name=Words("Customer value", "客户价值"),
        dimensions=(
            Dimension("amount", "net_revenue", 40, HIGHER, Words("Amount", "消费金额")),
            Dimension("frequency", "purchase_days", 25, HIGHER, Words("Purchase frequency", "购买频次")),
            Dimension("recency", "recency_days", 15, LOWER, Words("Recency", "最近购买")),
            Dimension("tenure", "tenure_days", 10, HIGHER, Words("Tenure", "客龄")),
            Dimension("mix", "category_count", 10, HIGHER, Words("Product mix", "品类宽度")),
        ),
        tiers=(
            Tier("bronze", Words("Bronze", "青铜"), "#a9744f"),
            Tier("silver", Words("Silver", "白银"), "#8a97a8", share=0.30, min_score=50),
            Tier("gold", Words("Gold", "黄金"), "#d4a017", share=0.15, min_score=70),
            Tier("diamond", Words("Diamond", "钻石"), "#3b82c4", share=0.05, min_score=85),
        ),
    )
