"""Whether data suit a factor analysis: KMO, Bartlett's test, how many factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 20
#: Rows of the random data that eigenvalues are held against: more change nothing that matters.
PARALLEL_ROWS = 5_000


@dataclass(frozen=True)
class Bartlett:
    """Test of sphericity: the hypothesis is that the variables are uncorrelated."""

    chi2: float
    df: int
    p: float


def correlation(values: Floats) -> Floats:
    """Pearson correlations of the columns of shape (n, d)."""
    return np.atleast_2d(np.corrcoef(values, rowvar=False))


def kmo(correlations: Floats) -> tuple[float, Floats]:
    """Kaiser–Meyer–Olkin measure, overall and per variable (Kaiser 1974): 0 unusable to 1 ideal."""
    inverse = np.linalg.pinv(correlations)
    scale = np.sqrt(np.outer(np.diag(inverse), np.diag(inverse)))
    partial = -inverse / scale
    r2, p2 = correlations**2, partial**2
    np.fill_diagonal(r2, 0.0)
    np.fill_diagonal(p2, 0.0)
    own = r2.sum(axis=0) / np.maximum(r2.sum(axis=0) + p2.sum(axis=0), 1e-300)
    return float(r2.sum() / max(r2.sum() + p2.sum(), 1e-300)), own


def bartlett(correlations: Floats, rows: int) -> Bartlett:
    """Bartlett's test of sphericity (1951) for correlations of ``rows`` complete rows."""
    from scipy.stats import chi2

    d = len(correlations)
    _sign, logdet = np.linalg.slogdet(correlations)
    statistic = float(-(rows - 1 - (2 * d + 5) / 6) * logdet) if np.isfinite(logdet) else float("inf")
    df = d * (d - 1) // 2
    return Bartlett(statistic, df, float(chi2.sf(statistic, df)))


def eigenvalues(correlations: Floats) -> Floats:
    """Descending."""
    return np.asarray(np.linalg.eigvalsh(correlations)[::-1], dtype=np.float64)


def parallel(rows: int, columns: int, *, seed: int) -> Floats:
    """Mean eigenvalues of unrelated data of the same shape (Horn 1965), descending."""
    rng = np.random.default_rng(seed)
    rows = min(rows, PARALLEL_ROWS)
    draws = [eigenvalues(correlation(rng.standard_normal((rows, columns)))) for _ in range(DRAWS)]
    return np.asarray(np.mean(draws, axis=0), dtype=np.float64)


def count_by_parallel(values: Floats, rows: int, *, seed: int) -> int:
    """How many eigenvalues in a row exceed those of unrelated data; at least 1."""
    above = values > parallel(rows, len(values), seed=seed)
    return max(1, int(np.argmin(above)) if not above.all() else len(values))
