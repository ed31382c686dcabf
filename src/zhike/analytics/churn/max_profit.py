"""Expected maximum profit of a retention campaign for churn models (EMPC).

T. Verbraken, W. Verbeke, B. Baesens, "A novel profit maximizing metric for measuring classification
performance of customer churn prediction models", IEEE TKDE 25 (2013): the share g of churners that an offer
saves is Beta distributed; for each g the best threshold lies on the convex hull of the ROC curve, so the
integral over g is a sum of incomplete beta functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betainc

from zhike.analytics.churn.metrics import Flags, Floats


def empc(
    y: Any,
    score: Any,
    *,
    clv: float = 200.0,
    offer: float = 10.0,
    contact: float = 1.0,
    alpha: float = 6.0,
    beta: float = 14.0,
) -> float:
    """Expected maximum profit per customer, in the money of ``clv``; higher is better, never below 0.

    ``y`` who left, shape (n,); ``score`` rises with the risk; ``clv`` value of a kept customer, ``offer`` and
    ``contact`` its costs; the share saved is Beta(alpha, beta). Raises ValueError for one class only.
    """
    churned = np.asarray(y).astype(bool)
    if churned.all() or not churned.any():
        raise ValueError("EMPC needs customers who left and customers who stayed")
    if clv <= offer:
        raise ValueError("an offer that costs the whole value cannot pay")
    hits, misses = roc_hull(churned, np.asarray(score, dtype=np.float64))
    delta, phi, prior = offer / clv, contact / clv, float(churned.mean())
    slope = np.diff(misses) * (1 - prior) / np.maximum(np.diff(hits) * prior, 1e-300)
    turn = (slope * (delta + phi) + phi) / (1 - delta)
    edges = np.concatenate([[0.0], np.clip(turn, 0, 1), [1.0]])
    mass = np.diff(betainc(alpha, beta, edges))
    first_moment = np.diff(betainc(alpha + 1, beta, edges)) * alpha / (alpha + beta)
    saved = clv * prior * hits * ((1 - delta) * first_moment - phi * mass)
    wasted = clv * (delta + phi) * (1 - prior) * misses * mass
    return float(np.sum(saved - wasted))


def roc_hull(churned: Flags, score: Floats) -> tuple[Floats, Floats]:
    """Shares of churners and of the others above the threshold, at the corners of the upper hull."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    hits = np.append(0, np.cumsum(churned[order])[last])
    misses = np.append(0, np.cumsum(~churned[order])[last])
    corners = _upper_hull(misses.tolist(), hits.tolist())
    return hits[corners] / hits[-1], misses[corners] / misses[-1]


def _upper_hull(x: list[int], y: list[int]) -> list[int]:
    """Monotone chain on exact integers."""
    kept: list[int] = []
    for i in range(len(x)):
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            if (x[b] - x[a]) * (y[i] - y[a]) < (y[b] - y[a]) * (x[i] - x[a]):
                break
            kept.pop()
        kept.append(i)
    return kept
