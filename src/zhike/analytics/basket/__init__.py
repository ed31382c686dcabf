"""What is bought together: pairs by exact counts, and rules of several products.

    pairs = pair_counts(session, "lines")           # left, right, n_left, n_right, n_both, n_baskets
    rules = pair_rules(session, "lines")            # both directions, with confidence, lift, bounds and p
    more = association_rules(session, "lines")      # several products on the left; needs zhike[rules]

Names load on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
