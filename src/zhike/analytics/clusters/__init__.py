"""Groups of customers that nobody defined: how many, how stable, in readable rules, under the trade's names.

    model = CustomerClusters().fit({"recency_days": r, "frequency": f, "net_revenue": m})
    labels = model.predict(frame)                  # 1 is the most valuable cluster, 0 not known
    again = CustomerClusters().fit(later, previous=model)

Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

_HOMES = {
    "Candidate": "choice",
    "ClusterError": "frame",
    "CustomerClusters": "model",
    "GUARD_WORDS": "words",
    "rule_words": "words",
    "stability_word": "words",
}

__all__ = ["GUARD_WORDS", "Candidate", "ClusterError", "CustomerClusters", "rule_words", "stability_word"]

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
