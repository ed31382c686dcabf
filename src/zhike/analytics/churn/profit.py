"""What a departure costs and whether keeping a customer pays. Money in any one unit.

The value of a customer here is the margin that comes **if the customer stays**; a lifetime value from a model
with dropout already contains the churn, and multiplying it by a churn probability counts it twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from zhike.analytics.churn.metrics import Floats

BLOCKS = 10_000


class DoubleCountError(ValueError):
    """A value that already contains churn was about to be multiplied by a churn probability."""


def expected_profit(
    p: Any, value: Any, offer: Any, contact: Any, save_rate: Any, take_rate: Any = 1.0
) -> Floats:
    """Expected profit of approaching each customer with an offer; shapes broadcast.

    ``p`` probability of leaving, ``value`` margin over the horizon if kept, ``offer`` cost of the offer where
    it is taken, ``contact`` cost of the contact, ``save_rate`` share of leavers whom the offer keeps,
    ``take_rate`` share of the others who take the offer too (1: the worst case).
    """
    p, value, offer, contact, save_rate, take_rate = _read(p, value, offer, contact, save_rate, take_rate)
    return np.asarray(p * save_rate * (value - offer) - (1 - p) * take_rate * offer - contact)


def break_even(value: Any, offer: Any, contact: Any, save_rate: Any, take_rate: Any = 1.0) -> Floats:
    """The probability above which approaching pays; nan where it never does, whatever the probability."""
    value, offer, contact, save_rate, take_rate = _read(value, offer, contact, save_rate, take_rate)
    cost = contact + take_rate * offer
    gain = save_rate * (value - offer) + take_rate * offer
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(cost <= 0, 0.0, cost / gain)
    return np.asarray(np.where((found >= 0) & (found <= 1), found, np.nan))


def value_if_kept(margin: Any, periods: int, *, retention: Any = 1.0, discount: float = 0.0) -> Floats:
    """Margin over ``periods`` of a customer who stays now: Σ margin · retention^t / (1 + discount)^t, t ≥ 1.

    ``retention`` and ``discount`` per period; retention below 1 lets the customer leave later.
    """
    margin, retention = _read(margin, retention)
    steps = np.arange(1, int(periods) + 1)
    return np.asarray(margin * np.sum((retention[..., None] / (1 + discount)) ** steps, axis=-1))


def value_at_risk(p: Any, value: Any, *, contains_churn: bool = False) -> Floats:
    """Probability of leaving times the value if kept, per customer; nan where either is unknown.

    Raises :class:`DoubleCountError` for a value that contains churn (``contains_churn``, or a named column
    that starts with "clv").
    """
    if contains_churn or str(getattr(value, "name", "")).startswith("clv"):
        raise DoubleCountError("a lifetime value contains churn already; give the value of a kept customer")
    p, value = _read(p, value)
    return np.asarray(p * np.maximum(value, 0.0))


def total_at_risk(
    p: Any, value: Any, *, level: float = 0.9, draws: int = 500, seed: int = 0
) -> tuple[float, float, float]:
    """Total value at risk with its bootstrap interval over customers: (total, low, high)."""
    each = value_at_risk(p, value)
    each = each[np.isfinite(each)]
    if not len(each):
        return 0.0, 0.0, 0.0
    # Sums of blocks have the same spread as their customers and keep a million of them cheap.
    blocks = np.bincount(np.arange(len(each)) % BLOCKS, each)
    random = np.random.default_rng(seed)
    sums = [float(blocks[random.integers(0, len(blocks), len(blocks))].sum()) for _draw in range(draws)]
    low, high = np.quantile(sums, [(1 - level) / 2, (1 + level) / 2])
    return float(each.sum()), float(low), float(high)


def _read(*values: Any) -> list[Floats]:
    return [np.asarray(value, dtype=np.float64) for value in values]
