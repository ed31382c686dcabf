"""RFM: five scores by value cut-points and the trade's eight named segments (docs/concepts/rfm.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zhike.analytics.distribution import Distribution
from zhike.analytics.engine.contract import Engine
from zhike.analytics.literals import Number, number, plain
from zhike.analytics.settings import RfmSettings
from zhike.analytics.words import Words

SCORES = 5

# Keyed by (recency high, frequency high, monetary high).
RULE: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "important_value",
    (True, False, True): "important_develop",
    (False, True, True): "important_keep",
    (False, False, True): "important_win_back",
    (True, True, False): "general_value",
    (True, False, False): "general_develop",
    (False, True, False): "general_keep",
    (False, False, False): "general_win_back",
}
SEGMENTS: dict[str, Words] = {
    "important_value": Words("Important value customers", "重要价值客户"),
    "important_develop": Words("Important customers to develop", "重要发展客户"),
    "important_keep": Words("Important customers to keep", "重要保持客户"),
    "important_win_back": Words("Important customers to win back", "重要挽留客户"),
    "general_value": Words("General value customers", "一般价值客户"),
    "general_develop": Words("General customers to develop", "一般发展客户"),
    "general_keep": Words("General customers to keep", "一般保持客户"),
    "general_win_back": Words("General customers to win back", "一般挽留客户"),
}


@dataclass(frozen=True)
class RfmCuts:
    """Values from which the scores 2, 3, 4 and 5 begin (None: no customer reaches that score).

    Recency counts downwards: a score needs at most that many days. ``means`` are the base's mean scores
    (R, F, M); "high" is a score above the mean.
    """

    recency: tuple[Number | None, ...]
    frequency: tuple[Number | None, ...]
    monetary: tuple[Number | None, ...]
    means: tuple[float, float, float]
    basis: str

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RfmCuts:
        return cls(
            tuple(data["recency"]),
            tuple(data["frequency"]),
            tuple(data["monetary"]),
            tuple(data["means"]),
            data["basis"],
        )


def segment(r_high: bool, f_high: bool, m_high: bool) -> str:
    """The segment's code: M decides important or general, R and F the treatment."""
    return RULE[(r_high, f_high, m_high)]


def rule_of(code: str) -> tuple[bool, bool, bool]:
    """Which of R, F and M are high in a segment."""
    return next(key for key, found in RULE.items() if found == code)


def cut_points(distribution: Distribution, *, reverse: bool = False) -> tuple[Number | None, ...]:
    """Where the scores begin: score = 1 + ⌊5 · share of customers with a strictly worse value⌋."""
    worse = distribution.above() if reverse else distribution.below()
    cuts: list[Number | None] = []
    for step in range(1, SCORES):
        reached = np.flatnonzero(SCORES * worse >= step * max(distribution.size, 1))
        place = None if not len(reached) else reached[-1] if reverse else reached[0]
        cuts.append(None if place is None else plain(distribution.values[place]))
    return tuple(cuts)


def mean_score(
    distribution: Distribution, cuts: tuple[Number | None, ...], *, reverse: bool = False
) -> float:
    """The mean of the scores over the customers of a distribution."""
    if not distribution.size:
        return 0.0
    values = -distribution.values if reverse else distribution.values
    scores = np.ones(len(values))
    for cut in cuts:
        if cut is not None:
            scores += values >= (-cut if reverse else cut)
    return float((scores * distribution.counts).sum() / distribution.size)


def calibrate_rfm(session: Engine, features: str, settings: RfmSettings) -> RfmCuts:
    """Fix cut-points and means on the whole base."""
    recency = Distribution.of(session, features, "recency_days")
    frequency = Distribution.of(session, features, "frequency")
    monetary = Distribution.of(session, features, settings.monetary)
    r, f, m = cut_points(recency, reverse=True), cut_points(frequency), cut_points(monetary)
    means = (mean_score(recency, r, reverse=True), mean_score(frequency, f), mean_score(monetary, m))
    return RfmCuts(r, f, m, means, settings.monetary)


def score_sql(column: str, cuts: tuple[Number | None, ...], *, reverse: bool = False) -> str:
    """The score of a column as SQL; 0 where the value is unknown."""
    sign = "<=" if reverse else ">="
    arms = " ".join(
        f"WHEN {column} {sign} {number(cut)} THEN {score}"
        for score, cut in reversed(list(enumerate(cuts, 2)))
        if cut is not None
    )
    return f"CASE WHEN {column} IS NULL THEN 0 {arms} ELSE 1 END"


def segment_sql(cuts: RfmCuts) -> str:
    """The segment from the columns r_score, f_score, m_score; '' without scores."""
    high = [
        f"{name} > {number(mean)}"
        for name, mean in zip(("r_score", "f_score", "m_score"), cuts.means, strict=True)
    ]
    arms = " ".join(f"WHEN {_all(high, key)} THEN '{code}'" for key, code in RULE.items())
    return f"CASE WHEN r_score = 0 OR m_score = 0 THEN '' {arms} ELSE '' END"


def _all(high: list[str], wanted: tuple[bool, ...]) -> str:
    return " AND ".join(text if want else f"NOT ({text})" for text, want in zip(high, wanted, strict=True))
