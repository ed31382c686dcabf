"""Customer clusters: KMeans on log-scaled columns, fitted on a sample, assigned to everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.clusters import choice, naming, surrogate
from zhike.analytics.clusters.choice import Candidate, Progress
from zhike.analytics.clusters.frame import ClusterError, Floats, Scale, matrix
from zhike.analytics.clusters.matching import match, sorted_by_value
from zhike.analytics.clusters.words import stability_word
from zhike.analytics.sayings import Label, Saying, as_is
from zhike.analytics.words import Words

MIN_CUSTOMERS = 200
MAX_K = 10
UNKNOWN = 0


class CustomerClusters:
    """Clusters of customers by two or more numeric columns.

    ``k`` is "auto" (4 to 8 by stability, see :mod:`choice`) or a number from 2 to 10; ``value`` names the
    column whose median orders the labels (default: the money column, else the first). After ``fit``:
    ``k_``, ``stability_`` (mean bootstrap adjusted Rand index), ``stability_word_``, ``candidates_``,
    ``labels_in_use_``, ``sizes_``, ``medians_`` (k, d), ``surrogate_``, ``name_codes_``, ``guards_``.
    A label is a number from 1 on; 0 is a customer with an unknown value.
    """

    def __init__(
        self,
        *,
        k: int | str = "auto",
        value: str = "",
        seed: int = 2,
        sample: int = 50_000,
        bootstraps: int = 25,
        min_customers: int = MIN_CUSTOMERS,
        progress: Progress | None = None,
    ) -> None:
        self.k, self.value, self.seed = k, value, seed
        self.sample, self.bootstraps, self.min_customers = sample, bootstraps, min_customers
        self.progress = progress

    def fit(self, frame: Any, *, previous: CustomerClusters | None = None) -> Self:
        """Learn from a mapping of columns or a data frame; labels follow ``previous`` where it fits."""
        names, values = matrix(frame)
        known = np.isfinite(values).all(axis=1)
        self.guards_: list[Saying] = []
        self._check(int(known.sum()), len(values))
        names, values = self._varying(names, values[known])
        self.columns_, self.seen_ = names, len(values)
        self.scale_ = Scale.of(values)
        scaled = self.scale_.apply(values)
        drawn = self._drawn(len(values))
        self._choose(scaled[drawn])
        self.centers_ = choice.kmeans(scaled[drawn], self.k_, seed=self.seed, starts=5).cluster_centers_
        self._label(values, scaled, previous)
        self._describe(values[drawn], self._nearest(scaled[drawn]))
        return self

    def _check(self, known: int, rows: int) -> None:
        if known < self.min_customers:
            raise ClusterError("few_customers", f"{known} of {rows} rows have all values")
        if isinstance(self.k, int) and not 2 <= self.k <= MAX_K:
            raise ClusterError("wrong_k", f"k must be 2 to {MAX_K}")
        if known < rows:
            self.guards_.append(Saying("left_out", {"customers": rows - known}))

    def _varying(self, names: list[str], values: Floats) -> tuple[list[str], Floats]:
        varying = np.ptp(values, axis=0) > 0
        if not varying.any():
            raise ClusterError("constant", "all columns are constant")
        constant = [name for name, keep in zip(names, varying, strict=True) if not keep]
        if constant:
            self.guards_.append(Saying("constant", {"columns": {"vars": constant}}))
        return [name for name in names if name not in constant], values[:, varying]

    def _drawn(self, rows: int) -> NDArray[np.int64]:
        if rows <= self.sample:
            return np.arange(rows)
        return np.sort(np.random.default_rng(self.seed).choice(rows, self.sample, replace=False))

    def _choose(self, scaled: Floats) -> None:
        ks = choice.RANGE if self.k == "auto" else (int(self.k),)
        self.candidates_ = self._measured(scaled, ks)
        found = choice.best(self.candidates_)
        if found is None and self.k == "auto":
            self.candidates_ = [*self._measured(scaled, choice.FALLBACK), *self.candidates_]
            self.candidates_.sort(key=lambda one: one.k)
            found = choice.best(self.candidates_)
        if not self.candidates_:
            raise ClusterError("too_uniform", "too few different customers for any number of clusters")
        if found is None and self.k == "auto":
            self.guards_.append(Saying("no_stable_k"))
        found = found or choice.least_bad(self.candidates_)
        self.k_, self.stability_, self.stability_min_ = found.k, found.stability, found.stability_min
        self.stability_word_ = stability_word(found.stability)
        self._warn(found)

    def _measured(self, scaled: Floats, ks: tuple[int, ...]) -> list[Candidate]:
        return choice.candidates(
            scaled, ks, seed=self.seed, bootstraps=self.bootstraps, progress=self.progress
        )

    def _warn(self, found: Candidate) -> None:
        if self.stability_word_ != "stable":
            self.guards_.append(Saying(self.stability_word_, {"stability": found.stability}))
        if found.min_share < choice.MIN_SHARE:
            self.guards_.append(Saying("tiny_cluster", {"share": found.min_share}))

    def _label(self, values: Floats, scaled: Floats, previous: CustomerClusters | None) -> None:
        """Numbers by value, the highest first; those of the previous run where they lie nearest."""
        self.roles_ = naming.roles_of(self.columns_)
        by = self.value or self.roles_.get("m", self.columns_[0])
        order = sorted_by_value(values[:, self.columns_.index(by)], self._nearest(scaled), self.k_)
        self.value_, self.centers_ = by, self.centers_[order]
        self.label_of_ = np.arange(1, self.k_ + 1)
        self.drift_: dict[int, float] = {}
        if previous is not None and previous.columns_ == self.columns_:
            there = previous.scale_.apply(self.scale_.undo(self.centers_))
            self.label_of_, self.drift_ = match(previous.centers_, previous.label_of_, there)
            order = np.argsort(self.label_of_)
            self.centers_, self.label_of_ = self.centers_[order], self.label_of_[order]

    def _describe(self, values: Floats, nearest: NDArray[np.int64]) -> None:
        labels = self.label_of_[nearest]
        self.labels_in_use_ = [int(label) for label in self.label_of_]
        self.medians_ = np.stack([np.median(values[nearest == i], axis=0) for i in range(self.k_)])
        self.shares_ = np.bincount(nearest, minlength=self.k_) / len(nearest)
        self.surrogate_ = surrogate.imitate(values, labels, self.columns_, leaves=2 * self.k_, seed=self.seed)
        if self.surrogate_.accuracy < surrogate.GOOD:
            self.guards_.append(Saying("approximate_rules", {"accuracy": self.surrogate_.accuracy}))
        self.name_codes_ = naming.name_codes(self.columns_, self.roles_, values, self.medians_, self.centers_)

    def _nearest(self, scaled: Floats) -> NDArray[np.int64]:
        """The place of the nearest center, shape (n,), in pieces that stay small."""
        weight = (self.centers_**2).sum(axis=1)
        found = np.empty(len(scaled), dtype=np.int64)
        for start in range(0, len(scaled), 100_000):
            part = scaled[start : start + 100_000]
            found[start : start + 100_000] = np.argmin(weight - 2 * (part @ self.centers_.T), axis=1)
        return found

    def predict(self, frame: Any) -> NDArray[np.int64]:
        """The label of every row, shape (n,); 0 where a value is unknown."""
        _names, values = matrix(frame, self.columns_)
        known = np.isfinite(values).all(axis=1)
        labels = np.full(len(values), UNKNOWN, dtype=np.int64)
        labels[known] = self.label_of_[self._nearest(self.scale_.apply(values[known]))]
        return labels

    def names(self, label: Label = as_is) -> dict[int, Words]:
        """The name of every cluster by its label; ``label`` names the columns."""
        return {
            number: naming.name_words(code, label)
            for number, code in zip(self.labels_in_use_, self.name_codes_, strict=True)
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """Everything that ``predict`` and a page need, as plain data."""
        return {
            "kind": "clusters",
            "columns": self.columns_,
            "k": self.k_,
            "k_asked": self.k,
            "seed": self.seed,
            "seen": self.seen_,
            "value": self.value_,
            "roles": self.roles_,
            "means": self.scale_.means.tolist(),
            "spreads": self.scale_.spreads.tolist(),
            "centers": self.centers_.tolist(),
            "labels": self.labels_in_use_,
            "medians": self.medians_.tolist(),
            "shares": self.shares_.tolist(),
            "stability": self.stability_,
            "stability_min": self.stability_min_,
            "candidates": [one.to_dict() for one in self.candidates_],
            "surrogate": self.surrogate_.to_dict(),
            "names": self.name_codes_,
            "drift": {str(label): distance for label, distance in self.drift_.items()},
            "guards": [guard.to_dict() for guard in self.guards_],
        }

    @classmethod
    def from_json(cls, text: str) -> CustomerClusters:
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CustomerClusters:
        model = cls(k=data["k_asked"], value=data["value"], seed=data["seed"])
        model.columns_, model.k_, model.seen_ = list(data["columns"]), data["k"], data["seen"]
        model.value_, model.roles_ = data["value"], dict(data["roles"])
        model.scale_ = Scale(np.array(data["means"]), np.array(data["spreads"]))
        model.centers_ = np.array(data["centers"])
        model.labels_in_use_ = list(data["labels"])
        model.label_of_ = np.array(data["labels"])
        model.medians_, model.shares_ = np.array(data["medians"]), np.array(data["shares"])
        model.stability_, model.stability_min_ = data["stability"], data["stability_min"]
        model.stability_word_ = stability_word(model.stability_)
        model.candidates_ = [_candidate(one) for one in data["candidates"]]
        model.surrogate_ = surrogate.Surrogate.from_dict(data["surrogate"])
        model.name_codes_ = list(data["names"])
        model.drift_ = {int(label): distance for label, distance in data["drift"].items()}
        model.guards_ = [Saying.from_dict(guard) for guard in data["guards"]]
        return model


def _candidate(data: Mapping[str, Any]) -> Candidate:
    return Candidate(
        **{name: data[name] for name in ("k", "stability", "stability_min", "error", "min_share", "inertia")}
    )
