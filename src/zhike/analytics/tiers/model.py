"""A tier model as data: weighted dimensions, tiers from low to high, and the grace period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.analytics.literals import Number
from zhike.analytics.problems import Checks
from zhike.analytics.words import Words

NO_WORDS = Words("", "")
#: What stands for rank 0 where tiers go by their codes. No tier may be called so.
NO_TIER = "none"
HIGHER, LOWER = "higher", "lower"
BY_SHARE, BY_VALUE, BY_BREAKS = "share", "value", "breaks"
CUTS = (BY_SHARE, BY_VALUE, BY_BREAKS)
PERCENTILE, LINEAR, LOG, STEPS = "percentile", "linear", "log", "steps"
TRANSFORMS = (PERCENTILE, LINEAR, LOG, STEPS)
MAX_DIMENSIONS, MAX_TIERS, MAX_GRACE_DAYS, MAX_STEPS = 20, 12, 730, 50


@dataclass(frozen=True)
class Dimension:
    """One side of a customer's worth.

    ``feature`` names an entry of the catalogue, ``direction`` says whether a higher or a lower value is
    better. The raw value becomes a score of 0–100, by ``transform``:

    - percentile: the percentage of customers (at calibration) with a strictly worse value;
    - linear, log: from 0 at ``low`` to 100 at ``high`` (the other way round where lower is better), beyond
      them it stays; where a bound is None it is the base's value at 1 % or 99 %;
    - steps: ``steps`` are (value from which, points), ascending; the first reaches below its value too.

    Values are in the unit of the feature, money in 1/10,000. Equal customers always score the same.
    """

    code: str
    feature: str
    weight: float
    direction: str = HIGHER
    name: Words = NO_WORDS
    transform: str = PERCENTILE
    low: Number | None = None
    high: Number | None = None
    steps: tuple[tuple[Number, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "feature": self.feature,
            "weight": self.weight,
            "direction": self.direction,
            "name": self.name.to_dict(),
            **self._transform_to_dict(),
        }

    def _transform_to_dict(self) -> dict[str, Any]:
        """Nothing for the default: definitions made before there was a choice stay as they are."""
        if self.transform == PERCENTILE:
            return {}
        if self.transform == STEPS:
            return {"transform": self.transform, "steps": [list(step) for step in self.steps]}
        return {"transform": self.transform, "low": self.low, "high": self.high}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Dimension:
        return cls(
            code=str(data.get("code", "")),
            feature=str(data.get("feature", "")),
            weight=data.get("weight", 0),
            direction=data.get("direction", HIGHER),
            name=Words.from_dict(data.get("name", {})),
            transform=data.get("transform", PERCENTILE),
            low=data.get("low"),
            high=data.get("high"),
            steps=tuple((value, points) for value, points in data.get("steps", ())),
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

    def check(self, checks: Checks, at: str = "tiers", *, predicted: bool = False) -> None:
        """Add every problem of this model to ``checks``; ``predicted``: it may measure predictions."""
        from zhike.analytics.tiers.checks import check_model

        check_model(self, checks, at, predicted=predicted)


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
            Tier("bronze", Words("Bronze", "青铜"), "copper"),
            Tier("silver", Words("Silver", "白银"), "slate", share=0.30, min_score=50),
            Tier("gold", Words("Gold", "黄金"), "amber", share=0.15, min_score=70),
            Tier("diamond", Words("Diamond", "钻石"), "violet", share=0.05, min_score=85),
        ),
    )
