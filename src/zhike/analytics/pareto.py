"""Pareto: how much the best customers bring, the curve, and ABC classes (docs/concepts/pareto.md)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from zhike.analytics.distribution import BASE, Distribution
from zhike.analytics.engine.contract import Engine
from zhike.analytics.literals import Number, number, plain
from zhike.analytics.settings import AbcSettings

PURCHASED = "frequency > 0"
CURVE_POINTS = 100


@dataclass(frozen=True)
class ParetoFigures:
    """Shares are fractions of ``total`` (None when the total is not above zero).

    The top k % are the first ⌈k % · n⌉ customers. ``curve`` holds (share of customers, share of total).
    """

    basis: str
    customers: int
    total: int
    top_1_share: float | None
    top_10_share: float | None
    top_20_share: float | None
    customers_for_80_percent: int | None
    curve: tuple[tuple[float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class AbcCuts:
    """Lowest values of class A and B (None: no such class)."""

    basis: str
    a: Number | None
    b: Number | None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AbcCuts:
        return cls(data["basis"], data["a"], data["b"])


def figures(session: Engine, features: str, basis: str = "revenue", where: str = PURCHASED) -> ParetoFigures:
    """Pareto figures over all customers with a purchase; ``basis`` is a money feature."""
    return figures_of(Distribution.of(session, features, basis, where), basis)


def figures_of(distribution: Distribution, basis: str) -> ParetoFigures:
    """Pareto figures of a distribution of money."""
    counts, running = _descending(distribution)
    size, total = distribution.size, int(running[-1]) if len(running) else 0

    def share(part: float) -> float | None:
        return None if total <= 0 else _top(distribution, math.ceil(round(part * size, 9))) / total

    return ParetoFigures(
        basis,
        size,
        total,
        share(0.01),
        share(0.10),
        share(0.20),
        _customers_for(distribution, 0.8),
        _curve(counts, running, total),
    )


def _descending(distribution: Distribution) -> tuple[Any, Any]:
    values, counts = distribution.values[::-1], distribution.counts[::-1]
    return np.cumsum(counts), np.cumsum(values * counts)


def _top(distribution: Distribution, customers: int) -> float:
    """Sum of the best customers; equal values are interchangeable, so a cut inside them is exact."""
    people, running = _descending(distribution)
    place = int(np.searchsorted(people, customers, side="left"))
    extra = customers - (int(people[place - 1]) if place else 0)
    before = running[place - 1] if place else 0
    return float(before + extra * distribution.values[::-1][place])


def _customers_for(distribution: Distribution, part: float) -> int | None:
    people, running = _descending(distribution)
    if not len(running) or running[-1] <= 0:
        return None
    target = part * float(running[-1])
    place = int(np.argmax(running >= target))
    value = distribution.values[::-1][place]
    before = (int(people[place - 1]), running[place - 1]) if place else (0, 0)
    return before[0] + math.ceil((target - float(before[1])) / float(value))


def _curve(people: Any, running: Any, total: int) -> tuple[tuple[float, float], ...]:
    if not len(people) or total <= 0:
        return ()
    size = int(people[-1])
    at = np.unique(np.ceil(np.linspace(0, size, min(size, CURVE_POINTS) + 1)).astype(np.int64))
    values = np.interp(at, np.concatenate([[0], people]), np.concatenate([[0], running]))
    return tuple((int(k) / size, float(v) / total) for k, v in zip(at, values, strict=True))


def calibrate_abc(session: Engine, features: str, settings: AbcSettings) -> AbcCuts:
    """Fix the cut-points of the classes on the whole base."""
    found = Distribution.of(session, features, settings.basis, BASE)
    return AbcCuts(settings.basis, abc_cut(found, settings.a_share), abc_cut(found, settings.b_share))


def abc_cut(distribution: Distribution, share: float) -> Number | None:
    """The lowest positive value whose betters bring less than ``share`` of the total: ties stay together."""
    _people, running = _descending(distribution)
    if not len(running) or running[-1] <= 0:
        return None
    values = distribution.values[::-1]
    before = np.concatenate([[0], running[:-1]])
    inside = values[(before < share * float(running[-1])) & (values > 0)]
    return plain(inside[-1]) if len(inside) else None


def abc_sql(cuts: AbcCuts) -> str:
    """The class of a customer with scores; '' where the basis is unknown."""
    arms = " ".join(
        f"WHEN {cuts.basis} >= {number(cut)} THEN '{name}'"
        for name, cut in (("A", cuts.a), ("B", cuts.b))
        if cut is not None
    )
    return f"CASE WHEN {cuts.basis} IS NULL THEN '' {arms} ELSE 'C' END"


def cumulative_share(values: Any) -> Any:
    """For each customer: share of the total that this customer and all better or equal ones bring."""
    distribution = Distribution.from_arrays(np.asarray(values))
    _people, running = _descending(distribution)
    if not len(running) or running[-1] <= 0:
        return np.zeros(len(np.asarray(values)))
    ascending = (running / running[-1])[::-1]
    return ascending[np.searchsorted(distribution.values, np.asarray(values))]
