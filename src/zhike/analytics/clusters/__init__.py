"""Groups of customers that nobody defined: how many, how stable, in readable rules, under the trade's names.

    model = CustomerClusters().fit({"recency_days": r, "frequency": f, "net_revenue": m})
    labels = model.predict(frame)                  # 1 is the most valuable cluster, 0 not known
    again = CustomerClusters().fit(later, previous=model)

Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Candidate": "choice",
    "ClusterError": "frame",
    "CustomerClusters": "model",
    "GUARD_WORDS": "words",
    "rule_words": "words",
    "stability_word": "words",
}

__all__ = ["GUARD_WORDS", "Candidate", "ClusterError", "CustomerClusters", "rule_words", "stability_word"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
