"""The two learners: logistic regression with an L2 penalty, and small gradient-boosted trees.

Both give log-odds, and what each column adds to them against an average customer. Stored as JSON.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from zhike.analytics.churn.metrics import Flags, Floats
from zhike.analytics.churn.shapley import TreeTables

# Small on purpose: the ceiling is reached, and a library's defaults lose more than any choice gains.
TREES = {
    "objective": "binary",
    "learning_rate": 0.02,
    "num_leaves": 4,
    "min_data_in_leaf": 40,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.6,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
ROUNDS = 300


class Logistic:
    """Weights ``coef`` of standardised columns; ``C`` is the inverse strength of the penalty."""

    kind = "logistic"

    def __init__(self, penalty: float = 1.0) -> None:
        self.penalty = penalty

    def fit(self, matrix: Floats, churned: Flags, seed: int = 0) -> Self:
        from sklearn.linear_model import LogisticRegression

        found = LogisticRegression(C=self.penalty, solver="newton-cholesky", max_iter=200, tol=1e-8)
        found.fit(matrix, churned)
        self.coef: Floats = found.coef_[0]
        self.intercept = float(found.intercept_[0])
        self.mean: Floats = matrix.mean(axis=0)
        return self

    def log_odds(self, matrix: Floats) -> Floats:
        return matrix @ self.coef + self.intercept

    def explained(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Log-odds (n,), and each column's part in them (n, k)."""
        return self.log_odds(matrix), (matrix - self.mean) * self.coef

    def to_dict(self) -> dict[str, Any]:
        return {
            "penalty": self.penalty,
            "intercept": self.intercept,
            "coef": self.coef.tolist(),
            "mean": self.mean.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        found = cls(data["penalty"])
        found.intercept = data["intercept"]
        found.coef, found.mean = np.asarray(data["coef"]), np.asarray(data["mean"])
        return found


class Boosting:
    """LightGBM, one thread, deterministic; the contributions are its exact Shapley values."""

    kind = "boosting"
    booster: Any
    tables: TreeTables | None = None

    def fit(self, matrix: Floats, churned: Flags, seed: int = 0) -> Self:
        import lightgbm

        data = lightgbm.Dataset(matrix, label=churned.astype(np.float64), params={"verbosity": -1})
        self.booster = lightgbm.train(TREES | {"seed": seed}, data, num_boost_round=ROUNDS)
        return self

    def log_odds(self, matrix: Floats) -> Floats:
        return self.explained(matrix)[0]

    def explained(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Log-odds (n,), and each column's part in them (n, k)."""
        if self.tables is None:
            self.tables = TreeTables(self.booster)
        parts = self.tables.contributions(matrix)
        return parts.sum(axis=1) + self.tables.expected, parts

    def to_dict(self) -> dict[str, Any]:
        return {"booster": self.booster.model_to_string()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        import lightgbm

        found = cls()
        found.booster = lightgbm.Booster(model_str=data["booster"])
        return found


Learner = Logistic | Boosting
KINDS: dict[str, type[Logistic] | type[Boosting]] = {"logistic": Logistic, "boosting": Boosting}
