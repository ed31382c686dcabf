"""From log-odds to probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from scipy.special import expit

from zhike.analytics.churn.guards import MIN_BOOSTING
from zhike.analytics.churn.metrics import Flags, Floats


@dataclass(frozen=True)
class Calibrator:
    """``kind`` none, sigmoid (slope and shift on the log-odds) or isotonic (steps joined by lines)."""

    kind: str = "none"
    slope: float = 1.0
    shift: float = 0.0
    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)

    def apply(self, log_odds: Floats) -> Floats:
        if self.kind == "isotonic":
            return np.interp(log_odds, self.x, self.y)
        return np.asarray(expit(self.slope * log_odds + self.shift))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


def calibrate(log_odds: Floats, churned: Flags) -> Calibrator:
    """Isotonic from 1,000 customers, a sigmoid below."""
    if len(log_odds) >= MIN_BOOSTING:
        return _isotonic(log_odds, churned)
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=1e6, solver="newton-cholesky").fit(log_odds[:, None], churned)
    return Calibrator("sigmoid", max(float(found.coef_[0, 0]), 1e-6), float(found.intercept_[0]))


def _isotonic(log_odds: Floats, churned: Flags) -> Calibrator:
    """Pooled adjacent violators; the middles of the steps are joined, which keeps the customers' order."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(log_odds, kind="stable")
    x, place, size = np.unique(log_odds[order], return_inverse=True, return_counts=True)
    rate = np.bincount(place, churned[order]) / size
    level = isotonic_regression(rate, weights=size).x
    step = np.concatenate([[0], np.cumsum(np.diff(level) > 0)])
    weight = np.bincount(step, size)
    middle = np.bincount(step, x * size) / weight
    # Nobody is certain: half a customer is added to each side of a step.
    share = (np.bincount(step, level * size) + 0.5) / (weight + 1)
    share = np.maximum.accumulate(share)
    return Calibrator("isotonic", x=middle.tolist(), y=share.tolist())
