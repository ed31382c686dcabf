"""Tiers: the model as data, scores, the state with its grace period, and the explanation."""

from zhike.analytics.tiers.explain import DimensionReason, Explanation, explain
from zhike.analytics.tiers.model import Dimension, Tier, TierModel, default_model

__all__ = ["Dimension", "DimensionReason", "Explanation", "Tier", "TierModel", "default_model", "explain"]
