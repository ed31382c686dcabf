"""What a person may decide about the models: a part of the settings file beside the analysis's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from zhike.analytics.clv.settings import ValueSettings
from zhike.analytics.problems import Checks


@dataclass(frozen=True)
class ChurnSettings:
    """``horizon_days``: who buys nothing in so many days counts as gone; None: learned from the rhythm."""

    horizon_days: int | None = None

    def check(self, checks: Checks) -> None:
        if self.horizon_days is not None:
            checks.between(self.horizon_days, 7, 730, "churn.horizon_days")


@dataclass(frozen=True)
class RecommendationSettings:
    """``limit``: at most so many products per customer."""

    limit: int = 5

    def check(self, checks: Checks) -> None:
        checks.between(self.limit, 1, 20, "recommendation.limit")


@dataclass(frozen=True)
class ModelSettings:
    """``check()`` raises SettingsError naming every field that cannot be used."""

    value: ValueSettings = field(default_factory=ValueSettings)
    churn: ChurnSettings = field(default_factory=ChurnSettings)
    recommendation: RecommendationSettings = field(default_factory=RecommendationSettings)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelSettings:
        """Missing parts take their defaults; unknown names are refused by name."""
        checks = Checks()
        for part, values in data.items():
            for name in set(values) - {entry.name for entry in fields(PARTS[part])}:
                checks.require(
                    False, f"{part}.{name}", "unknown", "There is no such setting.", "没有这项设置。"
                )
        checks.finish()
        return cls(**{part: PARTS[part](**values) for part, values in data.items()})

    def check(self) -> ModelSettings:
        checks = Checks()
        for part in PARTS:
            getattr(self, part).check(checks)
        checks.finish()
        return self


PARTS: dict[str, Any] = {
    "value": ValueSettings,
    "churn": ChurnSettings,
    "recommendation": RecommendationSettings,
}
