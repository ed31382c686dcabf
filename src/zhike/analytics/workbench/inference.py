"""Tests and measures that several recipes share, with the guards that keep them honest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.workbench.data import Data, Floats
from zhike.analytics.workbench.result import Result

#: Below these sizes a recipe describes and concludes nothing.
MIN_ROWS, MIN_MINORITY = 200, 30
#: From so many tests on, only findings that survive the false discovery rate count.
MANY_TESTS = 20
SIGNIFICANT = 0.05
#: Rows that a model is fitted on.
SAMPLE = 200_000


@dataclass(frozen=True)
class Independence:
    """Pearson's chi² of a table of counts, with Cramér's V and how many cells expect fewer than five."""

    chi2: float
    df: int
    p: float
    cramers_v: float
    sparse: float
    expected: Floats


def independence(counts: Floats) -> Independence:
    """Test of independence; rows and columns without a count are left out. ``counts`` shape (r, c)."""
    from scipy.stats import chi2

    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    total = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(total, 1)
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if df < 1:
        return Independence(0.0, 0, 1.0, 0.0, 0.0, expected)
    statistic = float(((counts - expected) ** 2 / expected).sum())
    v = float(np.sqrt(statistic / (total * (min(counts.shape) - 1))))
    return Independence(
        statistic, df, float(chi2.sf(statistic, df)), v, float((expected < 5).mean()), expected
    )


def fdr(p: Any) -> Floats:
    """Benjamini and Hochberg's adjusted p-values (1995), shape (n,)."""
    p = np.asarray(p, dtype=np.float64)
    order = np.argsort(p)
    adjusted = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    found = np.empty(len(p))
    found[order] = np.minimum(adjusted, 1.0)
    return found


def eta_squared(groups: list[Floats]) -> tuple[float, float]:
    """Kruskal–Wallis: share of the ranks' variance that the groups explain (ε²), and p."""
    from scipy.stats import kruskal

    groups = [group for group in groups if len(group)]
    rows = sum(len(group) for group in groups)
    if len(groups) < 2 or rows < 3 or len(np.unique(np.concatenate(groups))) < 2:
        return 0.0, 1.0
    statistic, p = kruskal(*groups)
    return max(0.0, float((statistic - len(groups) + 1) / (rows - len(groups)))), float(p)


def auc(y: NDArray[Any], score: Floats) -> float:
    """Area under the ROC curve with ties counted half; 0.5 when only one class is there."""
    from scipy.stats import rankdata

    y = np.asarray(y, dtype=bool)
    positives, negatives = int(y.sum()), int((~y).sum())
    if not positives or not negatives:
        return 0.5
    ranks = rankdata(score)
    return float((ranks[y].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def held_out(data: Data, rows: NDArray[np.int64], *, seed: int = 7) -> tuple[NDArray[np.bool_], bool]:
    """Which rows are kept apart to test on, and whether by date: the newest 30 %, else drawn by lot."""
    if data.order is not None and np.isfinite(data.order[rows]).all():
        order = data.order[rows]
        apart = order > np.quantile(order, 0.7)
        if 0.1 <= apart.mean() <= 0.5:
            return apart, True
    return np.random.default_rng(seed).random(len(rows)) < 0.3, False


def say_tested(result: Result, rows: int, *, dated: bool) -> None:
    """Say what the quality was measured on."""
    result.warn("tested_newest" if dated else "tested_apart", rows=rows)


def complete_rows(result: Result, data: Data, names: list[str]) -> NDArray[np.int64]:
    """Rows where all variables are known; a caveat says how many are not."""
    known = data.complete(names)
    missing = int((~known).sum())
    if missing:
        result.warn("rows_left_out", rows=missing, share=missing / max(1, data.rows))
    return np.flatnonzero(known)


def sampled(result: Result, rows: NDArray[np.int64], *, most: int = SAMPLE) -> NDArray[np.int64]:
    """At most so many rows, drawn by lot; a caveat says so."""
    if len(rows) <= most:
        return rows
    result.warn("sampled", rows=most, total=len(rows))
    return np.sort(np.random.default_rng(11).choice(rows, most, replace=False))


def enough(result: Result, rows: int, minority: int | None = None) -> bool:
    """Whether more than a description may be given."""
    if rows < MIN_ROWS:
        result.hush("few_rows", rows=rows, needed=MIN_ROWS)
        return False
    if minority is not None and minority < MIN_MINORITY:
        result.hush("small_minority", rows=minority, needed=MIN_MINORITY)
        return False
    return True
