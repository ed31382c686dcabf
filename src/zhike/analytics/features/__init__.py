"""From orders to one row per customer: facts, the catalogue of features, and the pass that computes them."""

from zhike.analytics.features.build import build, feature_sql
from zhike.analytics.features.catalogue import CATALOGUE, Feature, numeric_features
from zhike.analytics.features.facts import FACT_COLUMNS, ORDER_COLUMNS, build_facts

__all__ = [
    "CATALOGUE",
    "FACT_COLUMNS",
    "ORDER_COLUMNS",
    "Feature",
    "build",
    "build_facts",
    "feature_sql",
    "numeric_features",
]
