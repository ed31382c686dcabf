"""Maximum-likelihood factor analysis with varimax rotation, in one canonical form."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from zhike.analytics.factors import adequacy
from zhike.analytics.factors.adequacy import Bartlett, Floats
from zhike.analytics.sayings import Saying

MIN_ROWS, ROWS_PER_COLUMN, MIN_KMO = 100, 5, 0.6
MIN_COLUMNS = 3
HEYWOOD = 0.005
#: A loading from which a variable counts as part of a factor.
SALIENT = 0.4
#: Rows that the model is fitted on; scores are computed for all.
SAMPLE = 200_000
MAX_STEPS = 2_000


class FactorError(ValueError):
    """The data allow no factor analysis; ``guard`` says why."""

    def __init__(self, guard: Saying) -> None:
        super().__init__(guard.code)
        self.guard = guard


class FactorModel:
    """Common factors of three or more numeric columns.

    ``factors`` is "auto" (Horn's parallel analysis) or a number. After ``fit``: ``loadings_`` (d, m) of the
    standardised columns, sorted by explained variance, each factor signed so that its loadings sum to a
    positive number; ``uniqueness_`` (d,), ``ss_loadings_`` (m,), ``eigenvalues_`` (d,), ``kmo_``,
    ``kmo_each_`` (d,), ``bartlett_``, ``guards_``. Rotation: varimax without Kaiser's normalisation.
    Scores are those of regression (Thomson 1939), shape (n, m); NaN where a value is unknown.
    """

    def __init__(self, *, factors: int | str = "auto", seed: int = 20_251) -> None:
        self.factors, self.seed = factors, seed

    def fit(self, frame: Any) -> Self:
        """Learn from a mapping of columns or a data frame."""
        names = [str(name) for name in (frame.keys() if isinstance(frame, Mapping) else frame.columns)]
        values = np.column_stack([np.asarray(frame[name], dtype=np.float64) for name in names])
        known = np.isfinite(values).all(axis=1)
        self.guards_: list[Saying] = []
        if not known.all():
            self.guards_.append(Saying("left_out", {"rows": int((~known).sum())}))
        self._take(names, values[known])
        self._judge()
        self._rotate(self._count())
        self._warn()
        return self

    def _take(self, names: list[str], values: Floats) -> None:
        varying = np.ptp(values, axis=0) > 0 if len(values) else np.zeros(len(names), bool)
        self.columns_ = [name for name, keep in zip(names, varying, strict=True) if keep]
        constant = [name for name in names if name not in self.columns_]
        needed = max(MIN_ROWS, ROWS_PER_COLUMN * len(names))
        if len(values) < needed or len(self.columns_) < MIN_COLUMNS:
            facts = {"rows": len(values), "columns": len(names), "needed": needed}
            raise FactorError(Saying("few_rows", facts))
        if constant:
            self.guards_.append(Saying("constant", {"columns": {"vars": constant}}))
        self.rows_, values = len(values), values[:, varying]
        self.means_, self.spreads_ = values.mean(axis=0), values.std(axis=0)
        self._scaled = (values - self.means_) / self.spreads_

    def _judge(self) -> None:
        found = adequacy.correlation(self._scaled)
        self.eigenvalues_ = adequacy.eigenvalues(found)
        self.kmo_, self.kmo_each_ = adequacy.kmo(found)
        self.bartlett_ = adequacy.bartlett(found, self.rows_)
        if self.eigenvalues_[-1] < 1e-6:
            self.guards_.append(Saying("redundant"))

    def _count(self) -> int:
        most = max(1, (len(self.columns_) - 1) // 2 + 1)
        if self.factors == "auto":
            return min(most, adequacy.count_by_parallel(self.eigenvalues_, self.rows_, seed=self.seed))
        return max(1, min(int(self.factors), len(self.columns_) - 1))

    def _rotate(self, count: int) -> None:
        from sklearn.decomposition import FactorAnalysis
        from sklearn.exceptions import ConvergenceWarning
        from threadpoolctl import threadpool_limits

        drawn = self._scaled
        if len(drawn) > SAMPLE:
            drawn = drawn[np.random.default_rng(self.seed).choice(len(drawn), SAMPLE, replace=False)]
        rotation = "varimax" if count > 1 else None
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = FactorAnalysis(
                count, rotation=rotation, svd_method="lapack", tol=1e-6, max_iter=MAX_STEPS, random_state=0
            ).fit(drawn)
        if fitted.n_iter_ >= MAX_STEPS:
            self.guards_.append(Saying("not_settled"))
        del self._scaled
        loadings = fitted.components_.T
        strength = (loadings**2).sum(axis=0)
        loadings = loadings[:, np.argsort(-strength, kind="stable")]
        self.loadings_ = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
        self.ss_loadings_ = (self.loadings_**2).sum(axis=0)
        self.uniqueness_ = np.asarray(fitted.noise_variance_)

    def _warn(self) -> None:
        if self.kmo_ < MIN_KMO:
            self.guards_.append(Saying("low_kmo", {"kmo": self.kmo_}))
        if self.bartlett_.p >= 0.05:
            self.guards_.append(Saying("uncorrelated", {"p": self.bartlett_.p}))
        if self.uniqueness_.min() < HEYWOOD:
            self.guards_.append(Saying("heywood"))

    @property
    def explained_(self) -> Floats:
        """Share of all variance per factor, shape (m,)."""
        return self.ss_loadings_ / len(self.columns_)

    def salient(self, factor: int) -> list[tuple[str, float]]:
        """The columns that make a factor (from 0), the strongest first."""
        own = self.loadings_[:, factor]
        order = np.argsort(-np.abs(own), kind="stable")
        found = [(self.columns_[i], float(own[i])) for i in order if abs(own[i]) >= SALIENT]
        return found or [(self.columns_[order[0]], float(own[order[0]]))]

    def transform(self, frame: Any) -> Floats:
        """Factor scores, shape (n, m)."""
        values = np.column_stack([np.asarray(frame[name], dtype=np.float64) for name in self.columns_])
        scaled = (values - self.means_) / self.spreads_
        weighted = self.loadings_ / np.maximum(self.uniqueness_, 1e-12)[:, None]
        inner = np.eye(self.loadings_.shape[1]) + self.loadings_.T @ weighted
        return scaled @ weighted @ np.linalg.inv(inner)

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """Everything that ``transform`` and a page need, as plain data."""
        return {
            "kind": "factors",
            "columns": self.columns_,
            "asked": self.factors,
            "seed": self.seed,
            "rows": self.rows_,
            "means": self.means_.tolist(),
            "spreads": self.spreads_.tolist(),
            "loadings": self.loadings_.tolist(),
            "uniqueness": self.uniqueness_.tolist(),
            "eigenvalues": self.eigenvalues_.tolist(),
            "kmo": self.kmo_,
            "kmo_each": self.kmo_each_.tolist(),
            "bartlett": [self.bartlett_.chi2, self.bartlett_.df, self.bartlett_.p],
            "guards": [guard.to_dict() for guard in self.guards_],
        }

    @classmethod
    def from_json(cls, text: str) -> FactorModel:
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FactorModel:
        model = cls(factors=data["asked"], seed=data["seed"])
        model.columns_, model.rows_ = list(data["columns"]), data["rows"]
        model.means_, model.spreads_ = np.array(data["means"]), np.array(data["spreads"])
        model.loadings_, model.uniqueness_ = np.array(data["loadings"]), np.array(data["uniqueness"])
        model.ss_loadings_ = (model.loadings_**2).sum(axis=0)
        model.eigenvalues_, model.kmo_ = np.array(data["eigenvalues"]), data["kmo"]
        model.kmo_each_, model.bartlett_ = np.array(data["kmo_each"]), Bartlett(*data["bartlett"])
        model.guards_ = [Saying.from_dict(guard) for guard in data["guards"]]
        return model
