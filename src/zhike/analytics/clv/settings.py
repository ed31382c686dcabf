"""What a person may decide about the forecast of customers' value."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.analytics.problems import Checks

BASES = ("auto", "net_revenue", "margin")


@dataclass(frozen=True)
class ValueSettings:
    """``discount`` is per year; ``margin`` a fixed contribution per unit of revenue, or None: learned from
    returns and costs on the ``basis``; below ``min_…`` nothing is forecast."""

    horizon_months: int = 12
    discount: float = 0.10
    margin: float | None = None
    basis: str = "auto"
    interval: float = 0.90
    min_customers: int = 30
    min_repeat_customers: int = 10
    min_history_days: int = 60

    def check(self, checks: Checks) -> None:
        checks.between(self.horizon_months, 1, 120, "value.horizon_months")
        checks.require(
            isinstance(self.horizon_months, int), "value.horizon_months", "whole",
            "Must be a whole number of months.", "必须是整数个月。",
        )  # fmt: skip
        checks.between(self.discount, 0, 1, "value.discount")
        if self.margin is not None:
            checks.between(self.margin, 0, 1, "value.margin")
        checks.one_of(self.basis, BASES, "value.basis")
        checks.between(self.interval, 0.5, 0.99, "value.interval")
        for name in ("min_customers", "min_repeat_customers", "min_history_days"):
            checks.between(getattr(self, name), 2, 1_000_000, f"value.{name}")
