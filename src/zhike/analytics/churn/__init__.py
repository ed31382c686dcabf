"""Churn: who leaves, why, what that costs, and whether keeping them pays (docs/concepts/churn.md).

    training = train_churn(session, "facts", as_of)          # orders: nobody cancels, people stay away
    scores = score_churn(session, "facts", as_of, training)

    model = ChurnModel().fit(X, churned)                      # contracts, or any table of features
    model.predict_proba(X), model.explain(X)

Names load on first use, so that importing the analytics stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.analytics.first_use import on_first_use

_HOMES = {
    "ACTIONS": "retention",
    "ChurnModel": "model",
    "ChurnTraining": "training",
    "DoubleCountError": "profit",
    "FEATURES": "features",
    "GUARDS": "guards",
    "Leak": "leaks",
    "Reason": "model",
    "break_even": "profit",
    "contract_snapshots": "contracts",
    "empc": "max_profit",
    "evaluate_churn": "report",
    "expected_profit": "profit",
    "kept_values": "orders",
    "leak_scan": "leaks",
    "psi": "metrics",
    "retention_list": "retention",
    "score_churn": "orders",
    "total_at_risk": "profit",
    "train_churn": "orders",
    "value_at_risk": "profit",
    "value_if_kept": "profit",
}

__all__ = [
    "ACTIONS",
    "FEATURES",
    "GUARDS",
    "ChurnModel",
    "ChurnTraining",
    "DoubleCountError",
    "Leak",
    "Reason",
    "break_even",
    "contract_snapshots",
    "empc",
    "evaluate_churn",
    "expected_profit",
    "kept_values",
    "leak_scan",
    "psi",
    "retention_list",
    "score_churn",
    "total_at_risk",
    "train_churn",
    "value_at_risk",
    "value_if_kept",
]

__getattr__: Callable[[str], Any] = on_first_use(__name__, _HOMES)
