"""Features as matrices: power-transformed and standardized for a line, as they are trees; texts one-hot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from zhike.analytics.churn.columns import Columns
from zhike.analytics.churn.metrics import Floats

MAX_LEVELS = 50
MIN_LEVEL_ROWS = 20
# Features that say much the same are one family: their contributions may cancel within it.
FAMILY_CORRELATION = 0.7
# The power is estimated on so many rows.
POWER_ROWS = 10_000


@dataclass(frozen=True)
class Numeric:
    """Over ``unit``, clipped far outside what was seen, raised by ``power`` (Yeo-Johnson), standardized."""

    name: str
    unit: float
    power: float
    low: float
    high: float
    fill: float
    mean: float
    spread: float
    missing: bool

    def transform(self, values: Floats) -> Floats:
        filled = np.clip(np.where(np.isnan(values), self.fill, values), self.low, self.high)
        return (yeo_johnson(filled / self.unit, self.power) - self.mean) / self.spread


@dataclass(frozen=True)
class Levels:
    """One column per level with enough rows; rare and unseen ones are all zero."""

    name: str
    levels: list[str]


def yeo_johnson(x: Floats, power: float) -> Floats:
    """I.-K. Yeo, R. A. Johnson, Biometrika 87 (2000)."""
    up, down = np.maximum(x, 0), np.maximum(-x, 0)
    above = np.log1p(up) if abs(power) < 1e-9 else np.expm1(power * np.log1p(up)) / power
    rest = 2 - power
    below = np.log1p(down) if abs(rest) < 1e-9 else np.expm1(rest * np.log1p(down)) / rest
    return np.where(x >= 0, above, -below)


class Encoder:
    """``linear`` and ``trees`` give matrices; ``linear_sources`` and ``tree_sources`` name each column's
    feature, ``family`` gives each of ``names`` the place of its family. Learns nothing from labels."""

    numeric: list[Numeric]
    levels: list[Levels]
    family: list[int]

    def fit(self, columns: Columns) -> Self:
        self.numeric = [
            found
            for name, values in columns.items()
            if values.dtype.kind == "f" and (found := _numeric(name, values)) is not None
        ]
        self.levels = [
            Levels(name, _levels(values)) for name, values in columns.items() if values.dtype.kind != "f"
        ]
        self.family = _families([one.transform(columns[one.name]) for one in self.numeric])
        first = len(set(self.family))
        self.family += range(first, first + len(self.levels))
        return self

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.numeric] + [one.name for one in self.levels]

    @property
    def tree_sources(self) -> list[str]:
        return [one.name for one in self.numeric] + [one.name for one in self.levels for _level in one.levels]

    @property
    def linear_sources(self) -> list[str]:
        gaps = [one.name for one in self.numeric if one.missing]
        return [one.name for one in self.numeric] + gaps + self.tree_sources[len(self.numeric) :]

    def matrix(self, kind: str, columns: Columns) -> Floats:
        return self.trees(columns) if kind == "boosting" else self.linear(columns)

    def trees(self, columns: Columns) -> Floats:
        return _stack([columns[one.name] for one in self.numeric] + self._one_hot(columns), _size(columns))

    def linear(self, columns: Columns) -> Floats:
        values = [one.transform(columns[one.name]) for one in self.numeric]
        gaps = [np.isnan(columns[one.name]).astype(np.float64) for one in self.numeric if one.missing]
        return _stack(values + gaps + self._one_hot(columns), _size(columns))

    def _one_hot(self, columns: Columns) -> list[Floats]:
        return [
            (columns[one.name] == level).astype(np.float64) for one in self.levels for level in one.levels
        ]

    def to_dict(self) -> dict[str, Any]:
        return {
            "numeric": [asdict(one) for one in self.numeric],
            "levels": [asdict(one) for one in self.levels],
            "family": self.family,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        encoder = cls()
        encoder.numeric = [Numeric(**one) for one in data["numeric"]]
        encoder.levels = [Levels(**one) for one in data["levels"]]
        encoder.family = data["family"]
        return encoder


def _size(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _stack(parts: list[Floats], size: int) -> Floats:
    return np.column_stack(parts) if parts else np.empty((size, 0))


def _levels(values: Any) -> list[str]:
    found, counts = np.unique(values.astype(str), return_counts=True)
    enough = min(MIN_LEVEL_ROWS, max(1, len(values) // 20))
    often = sorted(zip(-counts, found, strict=True))[:MAX_LEVELS]
    return sorted(str(level) for count, level in often if -count >= enough)


def _numeric(name: str, values: Floats) -> Numeric | None:
    """None for a column that is constant or empty: it can say nothing."""
    known = np.sort(values[~np.isnan(values)])
    missing = len(known) < len(values)
    if not len(known) or (known[0] == known[-1] and not missing):
        return None
    unit = float(np.abs(known).mean()) or 1.0
    sample = known[:: max(1, len(known) // POWER_ROWS)] / unit
    power = _power(sample)
    moved = yeo_johnson(known / unit, power)
    # Ages grow beyond what was seen; that far a line is followed, and no farther.
    span = known[-1] - known[0]
    return Numeric(
        name, unit, power, float(known[0] - span), float(known[-1] + span), float(np.median(known)),
        float(moved.mean()), float(moved.std()) or 1.0, missing,
    )  # fmt: skip


def _families(columns: list[Floats]) -> list[int]:
    """Each column joins the first leader it is closely correlated with, or leads a family of its own."""
    leaders: list[Floats] = []
    place = []
    for column in columns:
        moved = column - column.mean()
        unit = moved / (np.sqrt(moved @ moved) or 1.0)
        near = [i for i, leader in enumerate(leaders) if abs(unit @ leader) > FAMILY_CORRELATION]
        place.append(near[0] if near else len(leaders))
        if not near:
            leaders.append(unit)
    return place


def _power(sample: Floats) -> float:
    """The power that makes the sample most normal; 1 (nothing) for flags and constants."""
    if len(np.unique(sample)) < 3:
        return 1.0
    from sklearn.preprocessing import PowerTransformer

    found = PowerTransformer(standardize=False).fit(sample[:, None]).lambdas_[0]
    return float(np.clip(found, -5.0, 5.0)) if np.isfinite(found) else 1.0
