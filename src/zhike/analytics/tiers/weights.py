"""Weights of a tier model's dimensions: from pairwise judgements of experts, from the data, or from both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from zhike.analytics.distribution import BASE, Distribution
from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.session import identifier
from zhike.analytics.tiers.model import TierModel
from zhike.analytics.tiers.score import score_sql
from zhike.analytics.tiers.transform import dimension_knots
from zhike.analytics.voice.entropy import counted_entropy_weights, counted_information

#: Weights are stored in percent with two digits.
TOTAL, DIGITS = 100.0, 2


def entropy_of(session: Engine, features: str, model: TierModel) -> dict[str, float]:
    """The entropy weight of each dimension on the dimension scores of a base; they sum to 1.

    A customer whose value is unknown says nothing about that dimension; one without differences weighs
    nothing.
    """
    columns = [_scores(session, features, model, place) for place in range(len(model.dimensions))]
    weights = counted_entropy_weights([(one.values, one.counts) for one in columns])
    return {d.code: float(w) for d, w in zip(model.dimensions, weights, strict=True)}


def information_of(session: Engine, features: str, model: TierModel) -> dict[str, float]:
    """1 − entropy of each dimension's scores: what it tells about the customers, before weights sum to 1."""
    columns = [_scores(session, features, model, place) for place in range(len(model.dimensions))]
    found = [counted_information(one.values, one.counts) for one in columns]
    return {d.code: value for d, value in zip(model.dimensions, found, strict=True)}


def _scores(session: Engine, features: str, model: TierModel, place: int) -> Distribution:
    dimension = model.dimensions[place]
    points = dimension_knots(Distribution.of(session, features, dimension.feature), dimension)
    if not points:
        return Distribution.from_arrays(np.zeros(1), np.ones(1))
    score = score_sql(identifier(dimension.feature), points)
    table = session.sql(
        f"WITH s AS (SELECT {score} AS v FROM {identifier(features)} WHERE {BASE}) "
        "SELECT v, COUNT(*) AS n FROM s WHERE v IS NOT NULL GROUP BY v"
    )
    return Distribution.from_arrays(table["v"].to_numpy(), table["n"].to_numpy())


def in_percent(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights in percent with two digits, summing to exactly 100 (largest remainders)."""
    total, unit = sum(weights.values()), 10**DIGITS
    exact = {code: TOTAL * unit * weight / total for code, weight in weights.items()}
    found = {code: int(value) for code, value in exact.items()}
    missing = round(TOTAL * unit) - sum(found.values())
    for code in sorted(exact, key=lambda one: (found[one] - exact[one], one))[:missing]:
        found[code] += 1
    return {code: value / unit for code, value in found.items()}


def of_criteria(
    matrix: ArrayLike, criteria: Sequence[str], wanted: Sequence[str]
) -> list[list[float]] | None:
    """The judgements among the wanted criteria, in their order; None when one of them was not judged."""
    if any(code not in criteria for code in wanted):
        return None
    places = [list(criteria).index(code) for code in wanted]
    judged: list[list[float]] = np.asarray(matrix, dtype=float)[np.ix_(places, places)].tolist()
    return judged
