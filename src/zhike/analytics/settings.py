"""What a person may decide about the analysis; everything else follows from the data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from zhike.analytics.problems import Checks, Problem, SettingsError
from zhike.analytics.tiers.model import TierModel, default_model

MONEY_BASES = ("net_revenue", "revenue", "margin")

__all__ = [
    "MONEY_BASES",
    "AbcSettings",
    "AnalysisSettings",
    "GuardSettings",
    "LifecycleSettings",
    "Problem",
    "RfmSettings",
    "SettingsError",
]


@dataclass(frozen=True)
class RfmSettings:
    """``monetary``: what M measures (net revenue by default, so that returns count)."""

    monetary: str = "net_revenue"


@dataclass(frozen=True)
class AbcSettings:
    """A customers bring the first ``a_share`` of the basis, B customers the next up to ``b_share``."""

    basis: str = "net_revenue"
    a_share: float = 0.80
    b_share: float = 0.95


@dataclass(frozen=True)
class LifecycleSettings:
    """Ratios are days since the last purchase over the customer's own expected gap.

    ``prior_gaps``: how many gaps of an average customer are mixed into everybody's own rhythm.
    ``default_gap_days`` serves only while no customer at all has bought twice.
    """

    at_risk_ratio: float = 2.0
    lost_ratio: float = 4.0
    prior_gaps: float = 2.0
    min_gap_days: int = 7
    default_gap_days: int = 90
    high_value_share: float = 0.20


@dataclass(frozen=True)
class GuardSettings:
    """Below these sizes the figures come with a warning in words."""

    min_customers: int = 100
    min_repeat_customers: int = 30
    min_history_days: int = 180


@dataclass(frozen=True)
class AnalysisSettings:
    """All settings of one analysis version; ``check()`` names every field that cannot be used."""

    rfm: RfmSettings = field(default_factory=RfmSettings)
    abc: AbcSettings = field(default_factory=AbcSettings)
    lifecycle: LifecycleSettings = field(default_factory=LifecycleSettings)
    tiers: TierModel = field(default_factory=default_model)
    guards: GuardSettings = field(default_factory=GuardSettings)

    def to_dict(self) -> dict[str, Any]:
        return {
            "rfm": asdict(self.rfm),
            "abc": asdict(self.abc),
            "lifecycle": asdict(self.lifecycle),
            "tiers": self.tiers.to_dict(),
            "guards": asdict(self.guards),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AnalysisSettings:
        """Missing parts take their defaults; unknown names are refused by name."""
        _refuse_unknown(data)
        return cls(
            rfm=RfmSettings(**data.get("rfm", {})),
            abc=AbcSettings(**data.get("abc", {})),
            lifecycle=LifecycleSettings(**data.get("lifecycle", {})),
            tiers=TierModel.from_dict(data["tiers"]) if "tiers" in data else default_model(),
            guards=GuardSettings(**data.get("guards", {})),
        )

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> AnalysisSettings:
        return cls.from_dict(json.loads(text))

    def check(self, *, predicted: bool = False) -> AnalysisSettings:
        """Return self, or raise SettingsError with every problem named by field.

        ``predicted``: tiers may measure what models predict, as those beside the primary one may.
        """
        checks = Checks()
        checks.one_of(self.rfm.monetary, MONEY_BASES, "rfm.monetary")
        _check_abc(self.abc, checks)
        _check_lifecycle(self.lifecycle, checks)
        self.tiers.check(checks, predicted=predicted)
        for name, value in asdict(self.guards).items():
            checks.between(value, 0, 1_000_000, f"guards.{name}")
        checks.finish()
        return self


_PARTS: dict[str, Any] = {
    "rfm": RfmSettings,
    "abc": AbcSettings,
    "lifecycle": LifecycleSettings,
    "guards": GuardSettings,
}


def _refuse_unknown(data: dict[str, Any]) -> None:
    checks = Checks()
    for name, value in data.items():
        known = name in _PARTS or name == "tiers"
        checks.require(known, name, "unknown", "There is no such setting.", "没有这项设置。")
        if name in _PARTS:
            for key in set(value) - set(_PARTS[name].__dataclass_fields__):
                checks.require(
                    False, f"{name}.{key}", "unknown", "There is no such setting.", "没有这项设置。"
                )
    checks.finish()


def _check_abc(abc: AbcSettings, checks: Checks) -> None:
    checks.one_of(abc.basis, MONEY_BASES, "abc.basis")
    checks.between(abc.a_share, 0.01, 0.99, "abc.a_share")
    checks.between(abc.b_share, 0.01, 1.0, "abc.b_share")
    checks.require(
        abc.a_share < abc.b_share,
        "abc.b_share",
        "order",
        "Must be above the share of A.",
        "必须大于 A 类的占比。",
    )


def _check_lifecycle(lifecycle: LifecycleSettings, checks: Checks) -> None:
    checks.between(lifecycle.at_risk_ratio, 1, 50, "lifecycle.at_risk_ratio")
    checks.between(lifecycle.lost_ratio, 1, 100, "lifecycle.lost_ratio")
    checks.between(lifecycle.prior_gaps, 0.1, 50, "lifecycle.prior_gaps")
    checks.between(lifecycle.min_gap_days, 1, 365, "lifecycle.min_gap_days")
    checks.between(lifecycle.default_gap_days, 1, 3650, "lifecycle.default_gap_days")
    checks.between(lifecycle.high_value_share, 0.01, 0.9, "lifecycle.high_value_share")
    checks.require(
        lifecycle.at_risk_ratio < lifecycle.lost_ratio,
        "lifecycle.lost_ratio",
        "order",
        "Must be above the ratio for customers at risk.",
        "必须大于“有流失风险”的倍数。",
    )
