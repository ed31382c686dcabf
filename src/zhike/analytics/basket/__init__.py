"""What is bought together: pairs by exact counts, and rules of several products.

    pairs = pair_counts(session, "lines")           # left, right, n_left, n_right, n_both, n_baskets
    rules = pair_rules(session, "lines")            # both directions, with confidence, lift, bounds and p
    more = association_rules(session, "lines")      # several products on the left; needs zhike[rules]

Names load on first use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

_HOMES = {
    "MissingExtra": "rules",
    "adjusted": "significance",
    "association_rules": "rules",
    "pair_counts": "pairs",
    "pair_rules": "pairs",
    "upper_tail": "significance",
    "wilson_low": "significance",
}

__all__ = [
    "MissingExtra",
    "adjusted",
    "association_rules",
    "pair_counts",
    "pair_rules",
    "upper_tail",
    "wilson_low",
]

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
