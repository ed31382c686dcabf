"""Watching groups of customers: whether a base has moved, how groups differ, overlap and come back.

Pure functions over counts and arrays; the formulas are in ``docs/concepts/watching.md``.
"""

from zhike.analytics.watching.effects import (
    Effect,
    cliffs_delta,
    cohens_d,
    cramers_v,
    share_difference,
    strength,
)
from zhike.analytics.watching.overlap import Overlap, Pair, overlap
from zhike.analytics.watching.retention import CohortTable, cohort_table, retention_rate
from zhike.analytics.watching.stability import Bin, Stability, population_stability, standing

__all__ = [
    "Bin",
    "CohortTable",
    "Effect",
    "Overlap",
    "Pair",
    "Stability",
    "cliffs_delta",
    "cohens_d",
    "cohort_table",
    "cramers_v",
    "overlap",
    "population_stability",
    "retention_rate",
    "share_difference",
    "standing",
    "strength",
]
