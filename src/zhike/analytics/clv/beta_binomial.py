"""BG/BB: purchases at discrete opportunities, beta-Bernoulli buying, beta-geometric dropout.

Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing
Science 29(6). ``T`` is the number of opportunities so far, ``t_x`` the opportunity of the last purchase, x
at most ``t_x``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaln, digamma, logsumexp, polygamma

from zhike.analytics.clv.base import PurchaseModel
from zhike.analytics.clv.groups import DataError, Floats, Groups
from zhike.analytics.clv.newton import Derivatives

MAX_OPPORTUNITIES = 2000


class BetaGeoBetaBinomial(PurchaseModel):
    """BG/BB: alpha, beta for buying at an opportunity and gamma, delta for dropping out before it."""

    names = ("alpha", "beta", "gamma", "delta")

    def _check(self, arrays: list[Any]) -> list[Any]:
        x, t_x, T = super()._check(arrays)
        for name, values in (("t_x", t_x), ("T", T)):
            if np.any(values != np.floor(values)):
                row = int(np.argmax(values != np.floor(values)))
                raise DataError(f"column {name!r}, row {row}: opportunities are whole numbers")
        if np.any(x > t_x):
            raise DataError(f"column 'x', row {int(np.argmax(x > t_x))}: more purchases than opportunities")
        if len(T) and T.max() > MAX_OPPORTUNITIES:
            raise DataError(
                f"column 'T': more than {MAX_OPPORTUNITIES} opportunities; use a continuous model"
            )
        return [x, t_x, T]

    def _scale(self, groups: Groups) -> float:
        return 1.0

    def _starts(self, groups: Groups) -> list[Floats]:
        return [
            np.log(np.array(start))
            for start in ((1.0, 1.0, 0.5, 3.0), (0.5, 2.0, 1.0, 10.0), (2.0, 1.0, 0.3, 1.0))
        ]

    def _derivatives(self, log_parameters: Floats, groups: Groups) -> Derivatives:
        parameters = np.exp(log_parameters)
        row, buys, misses, drops, lasts = _ways(*groups.columns)
        log, by, bend = _way(parameters, buys, misses, drops, lasts)
        rows = len(groups.weight)
        peak = np.full(rows, -np.inf)
        np.maximum.at(peak, row, log)
        share = np.exp(log - peak[row])
        total = np.bincount(row, share, rows)
        share /= total[row]
        gradient = np.stack([np.bincount(row, share * slope, rows) for slope in by])
        weights = groups.weight[row] * share
        hessian = (by * weights) @ by.T + np.einsum("abj,j->ab", bend, weights)
        hessian -= (gradient * groups.weight) @ gradient.T
        slope = (gradient @ groups.weight) * parameters
        value = groups.weight @ (peak + np.log(total))
        return float(value), slope, hessian * np.outer(parameters, parameters) + np.diag(slope)

    def _loglik_rows(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        parameters = np.array(self._values())
        row, *ways = _ways(x, t_x, T)
        log = _way(parameters, *ways)[0]
        found = np.full(len(x), -np.inf)
        np.logaddexp.at(found, row, log)
        return found

    def _future(self, x: Floats, t_x: Floats, T: Floats, after: Floats, *, buys: int) -> Floats:
        """P(alive ``after`` opportunities later, and ``buys`` more certain purchases), given the history."""
        a, b, c, d = self._values()
        joint = (
            betaln(a + x + buys, b + T - x) - betaln(a, b) + betaln(c, d + T + after) - betaln(c, d)
        )  # fmt: skip
        return np.exp(joint - self._loglik_rows(x, t_x, T))

    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """At the end of observation; the paper asks one opportunity later: ``predict_alive(X, at=1)``."""
        return np.minimum(self._future(x, t_x, T, np.zeros_like(x), buys=0), 1.0)

    def _survival(self, x: Floats, T: Floats, at: float) -> Floats:
        _, _, c, d = self._values()
        return np.exp(betaln(c, d + T + at) - betaln(c, d + T))

    def _expected(self, x: Floats, t_x: Floats, T: Floats, horizon: Any) -> Floats:
        a, b, c, d = self._values()
        ends = np.broadcast_to(np.asarray(horizon, dtype=np.float64), x.shape)
        start = betaln(a + x + 1, b + T - x) - betaln(a, b) - betaln(c, d) - self._loglik_rows(x, t_x, T)
        found = np.zeros_like(x)
        for step in range(1, int(ends.max(initial=0)) + 1):
            found += np.where(step <= ends, np.exp(start + betaln(c, d + T + step)), 0.0)
        return found

    def _silent(self, x: Floats, T: Floats, horizon: float) -> Floats:
        """Sum over the opportunity before which the customer drops out, with misses until then."""
        a, b, c, d = self._values()
        buys, misses, lasts = a + x, b + T - x, d + T
        steps = int(horizon)
        terms = [
            betaln(buys, misses + steps) - betaln(buys, misses) + betaln(c, lasts + steps) - betaln(c, lasts)
        ]
        for step in range(steps):
            terms.append(
                betaln(buys, misses + step) - betaln(buys, misses)
                + betaln(c + 1, lasts + step) - betaln(c, lasts)
            )  # fmt: skip
        return np.exp(logsumexp(np.stack(terms), axis=0))

    def sample(self, horizon: float, size: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """x and t_x of ``size`` new customers after ``horizon`` opportunities."""
        a, b, c, d = self._values()
        buy, drop = random.beta(a, b, size), random.beta(c, d, size)
        x, last, alive = np.zeros(size), np.zeros(size), np.ones(size, dtype=bool)
        for step in range(1, int(horizon) + 1):
            alive &= random.random(size) >= drop
            bought = alive & (random.random(size) < buy)
            x += bought
            last[bought] = step
        return x, last


def _ways(x: Floats, t_x: Floats, T: Floats) -> tuple[Any, Floats, Floats, Floats, Floats]:
    """All ways to a history: alive to the end, or dropped out after each opportunity since the last purchase.

    Returns the row of each way with purchases, misses, drop-outs (0 or 1) and opportunities survived.
    """
    size = len(x)
    gaps = (T - t_x).astype(np.int64)
    row = np.concatenate([np.arange(size), np.repeat(np.arange(size), gaps)])
    step = np.arange(gaps.sum()) - np.repeat(np.cumsum(gaps) - gaps, gaps)
    lasts = np.concatenate([T, np.repeat(t_x, gaps) + step])
    drops = np.concatenate([np.zeros(size), np.ones(len(step))])
    return row, x[row], lasts - x[row], drops, lasts


def _way(parameters: Floats, buys: Floats, misses: Floats, drops: Floats, lasts: Floats) -> Derivatives:
    """Log-probability of each way, its gradient (4, n) and Hessian (4, 4, n)."""
    a, b, c, d = parameters
    log = betaln(a + buys, b + misses) - betaln(a, b) + betaln(c + drops, d + lasts) - betaln(c, d)
    by, bend = np.empty((4, len(log))), np.zeros((4, 4, len(log)))
    for place, (p, q, m, n) in ((0, (a, b, buys, misses)), (2, (c, d, drops, lasts))):
        whole = digamma(p + q + m + n) - digamma(p + q)
        by[place], by[place + 1] = digamma(p + m) - digamma(p) - whole, digamma(q + n) - digamma(q) - whole
        whole = polygamma(1, p + q + m + n) - polygamma(1, p + q)
        bend[place : place + 2, place : place + 2] = -whole
        bend[place, place] += polygamma(1, p + m) - polygamma(1, p)
        bend[place + 1, place + 1] += polygamma(1, q + n) - polygamma(1, q)
    return log, by, bend
