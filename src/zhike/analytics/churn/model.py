"""The churn model: rules, logistic regression or boosted trees, by how much there is to learn from.

Below the guards it is silent. From 1,000 customers boosting is tried, and kept when its AUC is better by .003
out of fold: on the newest snapshot from earlier ones where there are some, else on customers held out.
Probabilities are calibrated when they are off by more than .05 beyond chance; classes are never re-weighted
or resampled, which would ruin them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from zhike.analytics.churn import guards as rule
from zhike.analytics.churn.calibrator import Calibrator, calibrate
from zhike.analytics.churn.columns import Columns, hashes, read_frame, row_hashes
from zhike.analytics.churn.encoding import Encoder
from zhike.analytics.churn.folds import canonical_order, fold_of_rows
from zhike.analytics.churn.leaks import TOO_GOOD, Leak, leak_scan
from zhike.analytics.churn.learners import KINDS, Boosting, Learner, Logistic
from zhike.analytics.churn.metrics import (
    Flags,
    Floats,
    auc,
    average_precision,
    brier,
    ece,
    lift,
    miscalibration,
)

FOLDS = 3
# The inverse penalty of a small and of a large sample.
SMALL_C, LARGE_C = 0.05, 1.0
# More rows teach nothing new; customers are drawn by hash.
MAX_ROWS = 100_000
CHUNK = 200_000


class Reason(NamedTuple):
    """A feature's value and by how much it moves the customer's probability against the average customer.

    Closely related features are one family: its effect is given to the member that pulls hardest that way.
    """

    feature: str
    value: float | str | None
    effect: float


@dataclass(frozen=True)
class _Rows:
    """Training rows in canonical order; ``recent`` marks the latest snapshot, ``past`` what had ended."""

    columns: Columns
    churned: Flags
    keys: Any
    recent: Flags
    past: Flags
    digest: str

    def part(self, chosen: Any) -> _Rows:
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return _Rows(
            columns,
            self.churned[chosen],
            self.keys[chosen],
            self.recent[chosen],
            self.past[chosen],
            self.digest,
        )


class ChurnModel:
    """Probability of leaving, with reasons.

    ``kind``: "auto", "logistic" or "boosting"; ``seed``: of the trees. After :meth:`fit`: ``kind_`` ("rules",
    "logistic", "boosting"), ``metrics_`` out of fold, ``guards_`` codes, ``leaks_``, ``rate_`` share that
    left, ``data_`` (rows, customers, hash, library versions).
    """

    def __init__(self, kind: str = "auto", *, seed: int = 0) -> None:
        if kind not in ("auto", *KINDS):
            raise ValueError(f"{kind!r} is no kind of model; choose auto, {', '.join(KINDS)}")
        self.kind = kind
        self.seed = seed

    def fit(self, X: Any, y: Any, groups: Any = None, recent: Any = None, past: Any = None) -> Self:
        """Learn from features ``X`` (n, k) and ``y`` (n,), true for those who left.

        ``groups`` (n,) names the customer of each row where one has several snapshots: all of them are held
        out together. ``recent`` (n,) marks the rows of the latest snapshot, on which calibration is judged;
        ``past`` (n,) the rows whose labels had ended before it, which then choose the kind by forecasting it.
        """
        rows = _read(X, y, groups, recent, past)
        self.rate_ = float(rows.churned.mean()) if len(rows.churned) else float("nan")
        customers = len(np.unique(rows.keys))
        left, stayed = (len(np.unique(rows.keys[side])) for side in (rows.churned, ~rows.churned))
        self.data_ = {"rows": len(rows.churned), "customers": customers, "hash": rows.digest} | _versions()
        self.names_ = list(rows.columns)
        self.guards_ = rule.too_small(customers, left, stayed)
        self.metrics_: dict[str, Any] = {}
        self.leaks_: list[Leak] = []
        self.calibrator_ = Calibrator()
        if self.guards_:
            self.kind_ = "rules"
            return self
        self.leaks_ = leak_scan(rows.columns, rows.churned)
        rows = _drawn(rows)
        self.encoder_ = Encoder().fit(rows.columns)
        self._choose(rows, customers)
        matrix = self._matrix(self.kind_, rows.columns)
        self.learner_ = self._new(self.kind_, customers).fit(matrix, rows.churned, self.seed)
        return self

    def _choose(self, rows: _Rows, customers: int) -> None:
        small = customers < rule.MIN_BOOSTING
        kinds = [self.kind] if self.kind != "auto" else ["logistic"] if small else list(KINDS)
        fold = fold_of_rows(rows.keys, rows.churned, FOLDS)
        unseen = {kind: self._out_of_fold(kind, rows, fold, customers) for kind in kinds}
        timely = rule.too_small(
            customers, *(int((rows.past & s).sum()) for s in (rows.churned, ~rows.churned))
        )
        by_time = not timely and not rows.recent.all()
        aucs = (
            {kind: self._later(kind, rows, customers) for kind in kinds}
            if by_time
            else {kind: auc(rows.churned, odds) for kind, odds in unseen.items()}
        )
        self.kind_ = kinds[0]
        if "boosting" in aucs and aucs["boosting"] > aucs[kinds[0]] + rule.BOOSTING_MARGIN:
            self.kind_ = "boosting"
        if small and self.kind == "auto":
            self.guards_.append("simple_model")
        self._calibrate(unseen[self.kind_], rows, fold)
        self.metrics_ = self._metrics(unseen[self.kind_], rows, fold) | {
            "candidates": aucs,
            "chosen_by": "time" if by_time else "customers",
        }
        self._doubt()

    def _out_of_fold(self, kind: str, rows: _Rows, fold: Any, customers: int) -> Floats:
        """Log-odds of each row from a model that never saw its customer."""
        matrix = self._matrix(kind, rows.columns)
        odds = np.empty(len(rows.churned))
        for one in range(FOLDS):
            held = fold == one
            learner = self._new(kind, customers).fit(matrix[~held], rows.churned[~held], self.seed)
            odds[held] = learner.log_odds(matrix[held])
        return odds

    def _later(self, kind: str, rows: _Rows, customers: int) -> float:
        """AUC on the newest snapshot of a model that learned only from what had ended before it."""
        past, recent = rows.part(rows.past), rows.part(rows.recent)
        encoder = Encoder().fit(past.columns)
        learner = self._new(kind, customers).fit(encoder.matrix(kind, past.columns), past.churned, self.seed)
        return auc(recent.churned, learner.log_odds(encoder.matrix(kind, recent.columns)))

    def _calibrate(self, odds: Floats, rows: _Rows, fold: Any) -> None:
        recent = rows.recent
        if miscalibration(rows.churned[recent], Calibrator().apply(odds[recent])) > rule.MAX_ECE:
            self.calibrator_ = calibrate(odds[recent], rows.churned[recent])
            self.guards_.append("recalibrated")

    def _metrics(self, odds: Floats, rows: _Rows, fold: Any) -> dict[str, Any]:
        """Of the latest snapshot, every customer unseen by the model and by the calibration."""
        recent = rows.recent
        odds, churned, fold = odds[recent], rows.churned[recent], fold[recent]
        p = self.calibrator_.apply(odds)
        if self.calibrator_.kind != "none":
            for one in range(FOLDS):
                held = fold == one
                p[held] = calibrate(odds[~held], churned[~held]).apply(odds[held])
        return {
            "customers": len(churned),
            "churners": int(churned.sum()),
            "expected": float(p.sum()),
            "auc": auc(churned, p),
            "ap": average_precision(churned, p),
            "brier": brier(churned, p),
            "ece": ece(churned, p),
            "ece_before": ece(churned, Calibrator().apply(odds)),
            "lift_10": lift(churned, p),
        }

    def _doubt(self) -> None:
        found = self.metrics_["auc"]
        # A leak shows twice: the model is too good, and one field alone tells nearly everything.
        alone = max((float(leak.value) for leak in self.leaks_ if leak.code == TOO_GOOD), default=0.0)
        if found > rule.SUSPICIOUS_AUC and alone > rule.SUSPICIOUS_AUC:
            self.guards_.append("suspicious_auc")
        if found < rule.WEAK_AUC:
            self.guards_.append("weak_model")
        if self.leaks_:
            self.guards_.append("possible_leak")

    def _new(self, kind: str, customers: int) -> Learner:
        if kind == "boosting":
            return Boosting()
        return Logistic(SMALL_C if customers < rule.MIN_BOOSTING else LARGE_C)

    def _matrix(self, kind: str, columns: Columns) -> Floats:
        return self.encoder_.matrix(kind, columns)

    def predict_proba(self, X: Any) -> Floats:
        """Probability of leaving, shape (n,); nan for everybody where there was too little to learn from."""
        columns = read_frame(X, self.names_)
        if self.kind_ == "rules":
            return np.full(len(next(iter(columns.values()))), np.nan)
        return self.calibrator_.apply(self._log_odds(columns))

    def _log_odds(self, columns: Columns) -> Floats:
        return self.learner_.log_odds(self._matrix(self.kind_, columns))

    def explain(self, X: Any, top: int = 3) -> list[list[Reason]]:
        """The ``top`` strongest reasons of every customer, strongest first; none from rules."""
        columns = read_frame(X, self.names_)
        size = len(next(iter(columns.values())))
        if self.kind_ == "rules":
            return [[] for _row in range(size)]
        _p, names, place, effect = self.reasons(columns, top)
        return [
            [
                Reason(names[i], _plain(columns[names[i]][row]), float(e))
                for i, e in zip(place[row], effect[row], strict=True)
            ]
            for row in range(size)
        ]

    def reasons(self, columns: Columns, top: int) -> tuple[Floats, list[str], Any, Floats]:
        """Probabilities (n,), names of the features, and per row the places and effects of the top ones."""
        matrix = self._matrix(self.kind_, columns)
        odds, parts = self.learner_.explained(matrix)
        member, total = self._by_family(parts)
        # The earlier family wins a tie, whatever sorting does.
        first = np.argsort(-np.abs(np.round(total, 12)), axis=1, kind="stable")[:, :top]
        part = np.take_along_axis(total, first, axis=1)
        p = self.calibrator_.apply(odds)
        without = self.calibrator_.apply((odds[:, None] - part).ravel()).reshape(part.shape)
        return p, self.encoder_.names, np.take_along_axis(member, first, axis=1), p[:, None] - without

    def _by_family(self, parts: Floats) -> tuple[Any, Floats]:
        """Per row and family of related features: the place of its strongest member, and the family's sum."""
        parts = parts @ self._members(self.kind_)
        families = np.asarray(self.encoder_.family)
        member, total = [], []
        for family in range(families.max() + 1):
            inside = np.flatnonzero(families == family)
            total.append(parts[:, inside].sum(axis=1))
            member.append(inside[np.argmax(parts[:, inside] * np.sign(total[-1])[:, None], axis=1)])
        return np.column_stack(member), np.column_stack(total)

    def _members(self, kind: str) -> Floats:
        """Which column of the matrix belongs to which feature."""
        encoder = self.encoder_
        sources = encoder.tree_sources if kind == "boosting" else encoder.linear_sources
        places = [encoder.names.index(source) for source in sources]
        return np.eye(len(encoder.names))[places]

    def to_json(self) -> str:
        """Everything that scoring and the model card need, as text."""
        data = {
            "format": 1,
            "kind": self.kind_,
            "asked": self.kind,
            "seed": self.seed,
            "names": self.names_,
            "rate": self.rate_ if np.isfinite(self.rate_) else None,
            "metrics": self.metrics_,
            "guards": self.guards_,
            "leaks": [leak.to_dict() for leak in self.leaks_],
            "data": self.data_,
            "calibrator": self.calibrator_.to_dict(),
        }
        if self.kind_ != "rules":
            data |= {"encoder": self.encoder_.to_dict(), "learner": self.learner_.to_dict()}
        return json.dumps(data, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        data = json.loads(text)
        model = cls(data["asked"], seed=data["seed"])
        model.kind_, model.names_ = data["kind"], data["names"]
        model.rate_ = float("nan") if data["rate"] is None else data["rate"]
        model.metrics_, model.guards_, model.data_ = data["metrics"], data["guards"], data["data"]
        model.leaks_ = [Leak(**leak) for leak in data["leaks"]]
        model.calibrator_ = Calibrator.from_dict(data["calibrator"])
        if model.kind_ != "rules":
            model.encoder_ = Encoder.from_dict(data["encoder"])
            model.learner_ = KINDS[model.kind_].from_dict(data["learner"])
        return model


def _read(X: Any, y: Any, groups: Any, recent: Any, past: Any) -> _Rows:
    columns = read_frame(X)
    churned = np.asarray(y).astype(bool)
    row_keys = row_hashes(columns)
    keys = row_keys if groups is None else hashes(np.asarray(groups))
    marked = np.ones(len(churned), bool) if recent is None else np.asarray(recent).astype(bool)
    ended = np.zeros(len(churned), bool) if past is None else np.asarray(past).astype(bool)
    if len({len(churned), len(row_keys), len(keys), len(marked), len(ended)}) > 1:
        raise ValueError("X, y, groups, recent and past differ in length")
    order = canonical_order(keys, row_keys, churned)
    digest = hashlib.sha256(row_keys[order].tobytes() + churned[order].tobytes()).hexdigest()[:16]
    return _Rows(columns, churned, keys, marked, ended, digest).part(order)


def _drawn(rows: _Rows) -> _Rows:
    """The customers with the smallest hashes, as many as fit; rows are in the order of hashes already."""
    if len(rows.churned) <= MAX_ROWS:
        return rows
    return rows.part(rows.keys <= rows.keys[MAX_ROWS - 1])


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("lightgbm", "scikit-learn", "numpy")}


def _plain(value: Any) -> float | str | None:
    if isinstance(value, str):
        return value
    return None if np.isnan(value) else float(value)
