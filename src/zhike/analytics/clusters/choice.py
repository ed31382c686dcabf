"""How many clusters: the number that comes out again when the customers are drawn again.

Silhouette and its relatives reward two big groups, or a group of seven outliers; what counts for work is
that the same customers stay together. So each k is fitted on bootstrap samples and compared with the fit
on all by the adjusted Rand index (Hubert & Arabie 1985).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from zhike.analytics.clusters.frame import Floats

RANGE = (4, 5, 6, 7, 8)
FALLBACK = (3, 2)
MIN_SHARE = 0.05
MIN_STABILITY = 0.80
TIE = 0.01
#: Rows on which the stability of a k is measured: more would not change the second digit.
STABILITY_ROWS = 5_000
#: Bootstraps that every k gets.
FEWEST = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Candidate:
    """One k: the bootstraps' adjusted Rand index (mean, least, standard error) and the smallest share."""

    k: int
    stability: float
    stability_min: float
    error: float
    min_share: float
    inertia: float

    @property
    def accepted(self) -> bool:
        return self.min_share >= MIN_SHARE and self.stability >= MIN_STABILITY

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "accepted": self.accepted}


def kmeans(scaled: Floats, k: int, *, seed: int, starts: int) -> Any:
    """One fit on one thread; the same seed gives the same clusters on any machine."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return KMeans(k, n_init=starts, random_state=seed).fit(scaled)


def candidate(scaled: Floats, k: int, *, seed: int, bootstraps: int, step: Callable[[], None]) -> Candidate:
    """Measure one k on a sample, shape (n, d)."""
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    base = kmeans(scaled, k, seed=seed, starts=10)
    shares = np.bincount(base.labels_, minlength=k) / len(scaled)
    # The same draws for every k: their differences are then those of k, not of luck.
    rng = np.random.default_rng(seed)
    found: list[float] = []
    for number in range(bootstraps):
        step()
        if _is_hopeless(found, float(shares.min())):
            continue
        drawn = rng.integers(len(scaled), size=len(scaled))
        again = kmeans(scaled[drawn], k, seed=seed + 1 + number, starts=10)
        with threadpool_limits(1):
            found.append(adjusted_rand_score(base.labels_, again.predict(scaled)))
    error = float(np.std(found, ddof=1) / np.sqrt(len(found))) if len(found) > 1 else 0.0
    mean, least = float(np.mean(found)), float(np.min(found))
    return Candidate(k, mean, least, error, float(shares.min()), float(base.inertia_))


def _is_hopeless(found: Sequence[float], min_share: float) -> bool:
    """Whether more bootstraps cannot make this k acceptable: then it is measured no further."""
    if len(found) < FEWEST:
        return False
    reach = 3 * float(np.std(found, ddof=1)) / np.sqrt(len(found))
    return min_share < MIN_SHARE or float(np.mean(found)) + reach < MIN_STABILITY


def candidates(
    scaled: Floats, ks: Sequence[int], *, seed: int, bootstraps: int, progress: Progress | None = None
) -> list[Candidate]:
    """Every k that has at least ten distinct customers per cluster, measured on the same rows."""
    rng = np.random.default_rng(seed)
    if len(scaled) > STABILITY_ROWS:
        scaled = scaled[rng.choice(len(scaled), STABILITY_ROWS, replace=False)]
    distinct = len(np.unique(scaled, axis=0))
    usable = [k for k in ks if distinct >= 10 * k]
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, len(usable) * bootstraps)

    return [candidate(scaled, k, seed=seed, bootstraps=bootstraps, step=step) for k in usable]


def best(found: Sequence[Candidate]) -> Candidate | None:
    """The most stable of the accepted; None when nothing is accepted.

    A tie goes to the smaller k: a difference below .01, or below what the bootstraps can tell.
    """
    accepted = [one for one in found if one.accepted]
    if not accepted:
        return None
    top = max(accepted, key=lambda one: one.stability)
    within = max(TIE, top.error)
    return min((one for one in accepted if one.stability > top.stability - within), key=lambda one: one.k)


def least_bad(found: Sequence[Candidate]) -> Candidate:
    """Without an acceptable k: the one closest to it, so that the reader sees why it is not."""
    return max(found, key=lambda one: (one.min_share >= MIN_SHARE, one.stability))
