"""Hypergeometric sums without ``hyp2f1``, which overflows and loses digits where customers live."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhike.analytics.clv.groups import Floats

MAX_TERMS = 200_000
TOLERANCE = 1e-17


def hypergeometric(p: float, q: float, c: Floats, z: Floats) -> Floats:
    """``2F1(p, q; c; z)`` for 0 <= z < 1 and c > 0 by its series; shape of ``z``."""
    return _summed(lambda n: (p + n) * (q + n) / ((c + n) * (n + 1)), np.ones_like(z), z)


def purchase_sum(a: float, q: float, c: Floats, z: Floats) -> Floats:
    """``c * S``, S = sum over n >= 1 of (a)_{n-1} (q)_n z^n / ((c)_n n!); regular at c = 0."""
    first = np.broadcast_to(q * z, z.shape).astype(np.float64)
    return _summed(lambda n: (a + n) * (q + n + 1) / ((c + 1 + n) * (n + 2)), first, z)


def _summed(ratio: Any, first: Floats, z: Floats) -> Floats:
    term, total = first.copy(), first.copy()
    for n in range(MAX_TERMS):
        term = term * ratio(n) * z
        total += term
        # The tail is at most the term times 1 / (1 - z) once the ratios have come close to z.
        if n % 8 == 7 and np.all(np.abs(term) <= TOLERANCE * (1 - z) * np.maximum(np.abs(total), 1e-300)):
            break
    return total


def power_loss(e: float, log_ratio: Floats) -> Floats:
    """``(1 - ratio**e) / e`` with its limit ``-log(ratio)`` at e = 0."""
    return -log_ratio if e == 0 else -np.expm1(e * log_ratio) / e
