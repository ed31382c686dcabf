"""Weights of a draft: experts' pairwise judgements, the spread of the data, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.analytics import AnalysisSettings
from zhike.analytics.tiers.weights import entropy_of, in_percent, of_criteria
from zhike.analytics.voice import (
    MOST_INCONSISTENT,
    Judgement,
    ahp_weights,
    blended_weights,
    group_judgements,
    worst_judgements,
)
from zhike.crm.studio import base
from zhike.crm.studio.choices import Method
from zhike.crm.studio.errors import InconsistentError
from zhike.platform.errors import DomainError

MOST_EXPERTS, MAX_NAME = 20, 60
Matrix = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Judged:
    """What a matrix of judgements says; ``weights`` by dimension in percent, ``worst`` the odd ones out."""

    weights: dict[str, float]
    ratio: float
    worst: list[Judgement]

    @property
    def is_consistent(self) -> bool:
        return self.ratio < MOST_INCONSISTENT


def judge(criteria: Sequence[str], matrix: Matrix) -> Judged:
    """Weights and consistency of a matrix; DomainError for one that is none."""
    try:
        weights, _largest, ratio = ahp_weights(matrix)
        worst = worst_judgements(matrix) if ratio > 0 else []
    except ValueError as error:
        raise DomainError(
            _("Judgements form a square matrix of 1 to 10 dimensions, each from 1/9 to 9."),
            field="matrix",
            code="matrix",
        ) from error
    if len(weights) != len(criteria):
        raise DomainError(_("Judge every dimension."), field="matrix", code="matrix")
    percent = in_percent(dict(zip(criteria, map(float, weights), strict=True)))
    return Judged(percent, float(ratio), worst)


def with_expert(
    weights: dict[str, Any], criteria: Sequence[str], name: str, matrix: Matrix, overruled: str
) -> dict[str, Any]:
    """The provenance with this expert's judgements, in place of earlier ones of the same name."""
    name, overruled = name.strip(), overruled.strip()
    if not name or len(name) > MAX_NAME:
        raise DomainError(_("Say who judged."), field="name", code="required")
    found = judge(criteria, matrix)
    entry = {
        "name": name,
        "criteria": list(criteria),
        "matrix": [list(map(float, row)) for row in matrix],
        "ratio": round(found.ratio, 6),
        "overruled": overruled,
    }
    others = [expert for expert in weights.get("experts", []) if expert["name"] != name]
    if len(others) >= MOST_EXPERTS:
        raise DomainError(_("There are enough experts already."), field="name", code="count")
    return {**weights, "experts": [*others, entry]}


def without_expert(weights: dict[str, Any], name: str) -> dict[str, Any]:
    return {**weights, "experts": [e for e in weights.get("experts", []) if e["name"] != name]}


def compute(
    settings: AnalysisSettings, weights: dict[str, Any], method: str, share: float | None
) -> tuple[dict[str, float], dict[str, Any]]:
    """The weights in percent by dimension, and the provenance with everything that led to them.

    ``share`` is that of the judgements in a blend; without it the products of both are taken.
    """
    criteria = [dimension.code for dimension in settings.tiers.dimensions]
    told: dict[str, Any] = {"method": method, "experts": weights.get("experts", []), "share": None}
    if method in (Method.AHP, Method.BLEND):
        judged, told["ratio"] = _of_experts(criteria, told["experts"])
        told["judged"] = judged
    if method in (Method.ENTROPY, Method.BLEND):
        told["measured"] = measured(settings)
    if method == Method.BLEND:
        told["share"] = share
        found = _blended(criteria, told["judged"], told["measured"], share)
    else:
        found = told["judged"] if method == Method.AHP else told["measured"]
    told["weights"] = found
    return found, told


def measured(settings: AnalysisSettings) -> dict[str, float]:
    """Entropy weights in percent on the dimension scores of the current customers."""
    with base.opened(settings) as opened:
        return in_percent(entropy_of(opened.session, "features", settings.tiers))


def _of_experts(criteria: Sequence[str], experts: Sequence[dict[str, Any]]) -> tuple[dict[str, float], float]:
    """The weights of all experts together; each must be consistent, or overruled with a reason."""
    if not experts:
        raise DomainError(_("Nobody has judged the dimensions yet."), code="no_judgements")
    matrices = []
    for expert in experts:
        matrix = of_criteria(expert["matrix"], expert["criteria"], criteria)
        if matrix is None:
            words = _("%(expert)s has not judged all dimensions.") % {"expert": expert["name"]}
            raise DomainError(words, code="incomplete_judgements")
        found = judge(criteria, matrix)
        if not found.is_consistent and not expert["overruled"]:
            raise InconsistentError(expert["name"], found.ratio, found.worst)
        matrices.append(matrix)
    together = judge(criteria, group_judgements(matrices).tolist())
    return together.weights, round(together.ratio, 6)


def _blended(
    criteria: Sequence[str], judged: dict[str, float], spread: dict[str, float], share: float | None
) -> dict[str, float]:
    if share is not None and not 0 <= share <= 1:
        raise DomainError(_("Choose a share between 0 and 100 %."), field="share", code="range")
    found = blended_weights([judged[c] for c in criteria], [spread[c] for c in criteria], share=share)
    return in_percent(dict(zip(criteria, map(float, found), strict=True)))
