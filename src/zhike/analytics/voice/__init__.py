"""What people say and judge: weights from pairwise judgements, and weights from the spread of the data."""

from zhike.analytics.voice.ahp import (
    MOST_INCONSISTENT,
    InconsistentJudgementsError,
    Judgement,
    ahp_weights,
    group_judgements,
    judgement_matrix,
    weigh,
    worst_judgements,
)
from zhike.analytics.voice.entropy import blended_weights, counted_entropy_weights, entropy_weights

__all__ = [
    "MOST_INCONSISTENT",
    "InconsistentJudgementsError",
    "Judgement",
    "ahp_weights",
    "blended_weights",
    "counted_entropy_weights",
    "entropy_weights",
    "group_judgements",
    "judgement_matrix",
    "weigh",
    "worst_judgements",
]
