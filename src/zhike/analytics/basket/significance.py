"""Could two products meet this often by chance? Tails, bounds and corrections for many pairs at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri

Floats = NDArray[np.float64]


def wilson_low(hits: Any, trials: Any, level: float = 0.95) -> Floats:
    """Lower end of Wilson's (1927) two-sided interval of a share; 0 where there was no trial."""
    hits, trials = np.asarray(hits, np.float64), np.asarray(trials, np.float64)
    size = np.maximum(trials, 1)
    z = float(ndtri((1 + level) / 2))
    share = hits / size
    middle = share + z * z / (2 * size)
    spread = z * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return np.where(trials > 0, np.maximum((middle - spread) / (1 + z * z / size), 0), 0.0)


def upper_tail(both: Any, left: Any, right: Any, baskets: Any) -> Floats:
    """Fisher's one-sided p: the chance of ``both`` or more meetings if the products were independent.

    The hypergeometric tail, summed from the observed count outwards on the side away from the mode, so that
    terms only fall and a p of 1e-200 is as exact as one of .2. Arrays broadcast.
    """
    k, a, b, n = (
        np.atleast_1d(x).astype(np.float64) for x in np.broadcast_arrays(both, left, right, baskets)
    )
    above = k > (a + 1) * (b + 1) / (n + 2) - 1
    start = np.where(above, k, k - 1)
    tail = _falling_sum(start, a, b, n, np.where(above, 1.0, -1.0))
    return np.clip(np.where(above, tail, 1 - tail), 0, 1)


def _falling_sum(k: Floats, a: Floats, b: Floats, n: Floats, step: Floats) -> Floats:
    """pmf(k) + pmf(k + step) + … until the terms vanish; 0 where k is impossible."""
    low, high = np.maximum(0, a + b - n), np.minimum(a, b)
    possible = (k >= low) & (k <= high)
    inside = np.clip(k, low, high)
    first = np.where(possible, np.exp(_log_pmf(inside, a, b, n)), 0.0)
    factor, total = possible.astype(np.float64), possible.astype(np.float64)
    active = np.flatnonzero(possible)
    at = inside.copy()
    while len(active):
        i, j, k, m, up = at[active], a[active], b[active], n[active], step[active] > 0
        ratio = np.where(
            up,
            (j - i) * (k - i) / ((i + 1) * np.maximum(m - j - k + i + 1, 1)),
            i * (m - j - k + i) / (np.maximum(j - i + 1, 1) * np.maximum(k - i + 1, 1)),
        )
        factor[active] *= np.maximum(ratio, 0)
        total[active] += factor[active]
        at[active] += step[active]
        active = active[factor[active] > total[active] * 1e-17]
    return first * total


def _log_pmf(k: Floats, a: Floats, b: Floats, n: Floats) -> Floats:
    return _log_choose(b, k) + _log_choose(n - b, a - k) - _log_choose(n, a)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def adjusted(p: Any, tests: int | None = None, method: str = "fdr") -> Floats:
    """p-values corrected for ``tests`` hypotheses (default: as many as given).

    ``fdr``: Benjamini & Hochberg (1995). ``holm``: Holm (1979). Hypotheses that were tested but not given
    count as p = 1, which can only raise the values.
    """
    p = np.asarray(p, np.float64)
    count = max(len(p), tests or 0)
    order = np.argsort(p, kind="stable")
    place = np.arange(1, len(p) + 1)
    if method == "fdr":
        sorted_q = np.minimum.accumulate((p[order] * count / place)[::-1])[::-1]
    elif method == "holm":
        sorted_q = np.maximum.accumulate(p[order] * (count - place + 1))
    else:
        raise ValueError("method must be 'fdr' or 'holm'")
    out = np.empty(len(p))
    out[order] = np.minimum(sorted_q, 1)
    return out
