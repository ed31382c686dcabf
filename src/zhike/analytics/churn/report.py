"""How good the probabilities are, in one call: beside simple rules, per group of customers, and in money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zhike.analytics.churn.max_profit import empc
from zhike.analytics.churn.metrics import (
    Flags,
    Floats,
    auc,
    auc_interval,
    average_precision,
    brier,
    captured,
    ece,
    lift,
    reliability,
    top_mean,
)

# Below this many customers of either kind a group has no AUC worth showing.
MIN_GROUP = 30
DECILES = 10


def evaluate_churn(
    y: Any,
    p: Any,
    *,
    groups: Any = None,
    baselines: Mapping[str, Any] | None = None,
    lost: Any = None,
    value: Any = None,
) -> dict[str, Any]:
    """Metrics of probabilities ``p`` (n,) against who left, ``y`` (n,).

    ``groups`` (n,) names a part of each customer; ``baselines`` are scores that rise with the risk; ``lost``
    (n,) is the money that went with those who left and ``value`` (n,) the value that orders a list. Returns
    plain numbers and lists, ready for JSON: n, churners, expected (Σp), auc with auc_low and auc_high
    (DeLong, 95 %), ap, brier, ece, lift_10, empc, reliability, lift_by_decile, groups, baselines, money.
    """
    churned, p = np.asarray(y).astype(bool), np.asarray(p, dtype=np.float64)
    low, high = auc_interval(churned, p)
    both = churned.any() and not churned.all()
    found: dict[str, Any] = {
        "n": len(churned),
        "churners": int(churned.sum()),
        "expected": float(p.sum()),
        "auc": auc(churned, p),
        "auc_low": low,
        "auc_high": high,
        "ap": average_precision(churned, p),
        "brier": brier(churned, p),
        "ece": ece(churned, p),
        "lift_10": lift(churned, p),
        "empc": empc(churned, p) if both else None,
        "reliability": [{"p": mean, "rate": rate, "n": n} for mean, rate, n in reliability(churned, p)],
        "lift_by_decile": _lift_by_decile(churned, p),
        "baselines": {
            name: auc(churned, np.asarray(score, dtype=np.float64))
            for name, score in (baselines or {}).items()
        },
    }
    if groups is not None:
        found["groups"] = by_group(churned, p, np.asarray(groups))
    if lost is not None and value is not None:
        found["money"] = money_captured(churned, p, np.asarray(lost, float), np.asarray(value, float))
    return found


def money_captured(churned: Flags, p: Floats, lost: Floats, value: Floats) -> dict[str, float]:
    """Share of the money of those who left in the first fifth of three lists."""
    gone = np.where(churned, np.maximum(lost, 0), 0.0)
    orders = {"by_p": p, "by_value": value, "by_p_value": p * value}
    return {name: captured(gone, order) for name, order in orders.items()}


def _lift_by_decile(churned: Flags, p: Floats) -> list[float]:
    """Churners found per tenth of the list, as a multiple of the average; the riskiest tenth first."""
    rate = float(churned.mean())
    if not rate or len(churned) < DECILES:
        return []
    reached = [top_mean(p, churned, part / DECILES) * part for part in range(1, DECILES + 1)]
    return [float(step) / rate for step in np.diff(reached, prepend=0.0)]


def by_group(churned: Flags, p: Floats, groups: Any) -> dict[str, dict[str, float | None]]:
    """Size, share that left and AUC (None where too few left or stayed) of each group."""
    found: dict[str, dict[str, float | None]] = {}
    for name in sorted({str(one) for one in groups.tolist()}):
        part = groups == name
        enough = min(churned[part].sum(), (~churned[part]).sum()) >= MIN_GROUP
        found[name] = {
            "n": int(part.sum()),
            "rate": float(churned[part].mean()),
            "auc": auc(churned[part], p[part]) if enough else None,
        }
    return found
