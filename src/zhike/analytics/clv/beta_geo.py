"""BG/NBD and MBG/NBD: Poisson purchases at a gamma-distributed rate, beta-geometric dropout after purchases.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2); Batislam,
Denizel & Filiztekin (2007), Int. J. of Research in Marketing 24(3). The two differ in one coin: the
modified model lets a customer drop out right after the first purchase, so that one-time buyers are not
alive for certain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaincinv, betaln, digamma, expit, gammaln, log1p, polygamma

from zhike.analytics.clv.base import PurchaseModel
from zhike.analytics.clv.groups import Floats, Groups
from zhike.analytics.clv.newton import Derivatives
from zhike.analytics.clv.series import hypergeometric, power_loss, purchase_sum

# Above this a the dropout probabilities hardly differ between customers.
NEARLY_EQUAL = 30.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
QUANTILES, QUANTILE_WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


class _BetaGeometric(PurchaseModel):
    names = ("r", "alpha", "a", "b")
    scaled = ("alpha",)
    # Coins thrown before the first repeat purchase.
    first_coin: int

    def _starts(self, groups: Groups) -> list[Floats]:
        x, _, T = groups.columns
        rate = float(groups.weight @ x) / max(float(groups.weight @ T), 1e-12)
        return [
            np.log(np.array([r, r / max(rate, 1e-3) * tempo, a, b]))
            for r, tempo, a, b in ((0.5, 0.5, 0.8, 2.5), (1.0, 1.0, 0.3, 3.0), (0.3, 0.2, 1.5, 2.5))
        ]

    def _derivatives(self, log_parameters: Floats, groups: Groups) -> Derivatives:
        r, alpha, a, b = np.exp(log_parameters)
        value, gradient, hessian = self._counting(groups, r, a, b)
        for more in (_exposure(groups, r, alpha), self._alternative(groups, r, alpha, a, b)):
            value, gradient, hessian = value + more[0], gradient + more[1], hessian + more[2]
        parameters = np.array([r, alpha, a, b])
        slope = gradient * parameters
        return value, slope, hessian * np.outer(parameters, parameters) + np.diag(slope)

    def _counting(self, groups: Groups, r: float, a: float, b: float) -> Derivatives:
        """Terms of the count alone: one evaluation per distinct count."""
        x, w, k = groups.values, groups.value_weight, self.first_coin
        customers = w.sum()
        value = w @ (gammaln(r + x) + betaln(a, b + x + k)) - customers * (gammaln(r) + betaln(a, b))
        whole = w @ digamma(a + b + x + k) - customers * digamma(a + b)
        whole2 = w @ polygamma(1, a + b + x + k) - customers * polygamma(1, a + b)
        gradient = np.array([
            w @ digamma(r + x) - customers * digamma(r),
            0.0,
            -whole,
            w @ digamma(b + x + k) - customers * digamma(b) - whole,
        ])  # fmt: skip
        hessian = np.zeros((4, 4))
        hessian[0, 0] = w @ polygamma(1, r + x) - customers * polygamma(1, r)
        hessian[2:, 2:] = -whole2
        hessian[3, 3] += w @ polygamma(1, b + x + k) - customers * polygamma(1, b)
        return float(value), gradient, hessian

    def _alternative(self, groups: Groups, r: float, alpha: float, a: float, b: float) -> Derivatives:
        """The other explanation, death after the last purchase: softplus of the log odds."""
        (x, t_x, T), weight = groups.columns, groups.weight
        if not self.first_coin:
            keep = x > 0
            x, t_x, T, weight = x[keep], t_x[keep], T[keep], weight[keep]
        inverse_end, inverse_last = 1 / (alpha + T), 1 / (alpha + t_x)
        stretch = np.log(alpha + T) - np.log(alpha + t_x)
        coin = 1 / (b + x - 1 + self.first_coin)
        odds = np.log(a) + np.log(coin) + (r + x) * stretch
        dead = expit(odds)
        by = np.stack([stretch, (r + x) * (inverse_end - inverse_last), np.full_like(x, 1 / a), -coin])
        share = weight * dead
        hessian = (by * (share * (1 - dead))) @ by.T
        bend = inverse_end - inverse_last
        hessian[0, 1] += share @ bend
        hessian[1, 0] = hessian[0, 1]
        hessian[1, 1] -= share @ ((r + x) * bend * (inverse_end + inverse_last))
        hessian[2, 2] -= share.sum() / a**2
        hessian[3, 3] += share @ coin**2
        return float(weight @ np.logaddexp(0, odds)), by @ share, hessian

    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        r, alpha, a, b = self._values()
        coins = np.maximum(b + x - 1 + self.first_coin, 1e-300)
        odds = np.log(a / coins) + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
        alive = expit(-odds)
        return alive if self.first_coin else np.where(x == 0, 1.0, alive)

    def _expected(self, x: Floats, t_x: Floats, T: Floats, horizon: Any) -> Floats:
        r, alpha, a, b = self._values()
        if a > NEARLY_EQUAL:
            gain = self._over_dropout(x, T, horizon, lambda drop, kept: (1 - kept) / drop)
            return self._alive(x, t_x, T) * gain
        c = a + b + x - 1 + self.first_coin
        z = horizon / (alpha + T + horizon)
        remaining = np.log1p(-z)
        series = purchase_sum(a, a + b - 1 + self.first_coin - r, c, z)
        gain = c * power_loss(a - 1, remaining) - np.exp((a - 1) * remaining) * series
        return self._alive(x, t_x, T) * np.maximum(gain, 0.0)

    def _survival(self, x: Floats, T: Floats, at: float) -> Floats:
        r, alpha, a, b = self._values()
        if not at:
            return np.ones_like(x)
        if a > NEARLY_EQUAL:
            return self._over_dropout(x, T, at, lambda _drop, kept: kept)
        z = at / (alpha + T + at)
        c = a + b + x + self.first_coin
        series = hypergeometric(a, a + b + self.first_coin - r, c, z)
        return np.clip(np.exp(a * np.log1p(-z)) * series, 0.0, 1.0)

    def _over_dropout(self, x: Floats, T: Floats, horizon: Any, value: Any) -> Floats:
        """Mean of ``value(p, P(survives the horizon | p))`` over the living customer's p ~ Beta(a, b + x).

        Where all customers drop out with nearly the same probability the series overflow, and a few quantiles
        say it all.
        """
        r, alpha, a, b = self._values()
        drop = betaincinv(a, (b + x + self.first_coin)[:, None], QUANTILES)
        reach = np.broadcast_to(horizon / (alpha + T), x.shape)[:, None]
        kept = np.exp(-(r + x)[:, None] * np.log1p(drop * reach))
        return value(drop, kept) @ QUANTILE_WEIGHTS

    def _silent(self, x: Floats, T: Floats, horizon: Any) -> Floats:
        # Dropout follows a purchase: without a purchase nobody drops out.
        r, alpha, _, _ = self._values()
        return np.exp(-(r + x) * np.log1p(horizon / (alpha + T)))

    def pmf(self, counts: Any, horizon: float) -> Floats:
        """P(X(horizon) = n) of a new customer for every n of ``counts``; shape (n,)."""
        n = np.atleast_1d(np.asarray(counts, dtype=np.int64))
        r, alpha, a, b = self._values()
        every = np.arange(n.max() + 1)
        poisson_gamma = np.exp(
            gammaln(r + every) - gammaln(r) - gammaln(every + 1)
            + r * np.log(alpha / (alpha + horizon)) + every * np.log(horizon / (alpha + horizon))
        )  # fmt: skip
        at_least = 1 - np.concatenate([[0.0], np.cumsum(poisson_gamma)[:-1]])
        k = self.first_coin
        stays = np.exp(betaln(a, b + every + k) - betaln(a, b))
        leaves = np.where(
            every + k > 0, np.exp(betaln(a + 1, np.maximum(b + every - 1 + k, 1e-300)) - betaln(a, b)), 0.0
        )
        return (stays * poisson_gamma + leaves * np.maximum(at_least, 0.0))[n]

    def sample(self, horizon: float, size: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """x and t_x of ``size`` new customers observed until the age ``horizon``."""
        r, alpha, a, b = self._values()
        rate, drop = random.gamma(r, 1 / alpha, size), random.beta(a, b, size)
        x, last = np.zeros(size), np.zeros(size)
        alive = random.random(size) >= drop if self.first_coin else np.ones(size, dtype=bool)
        while alive.any():
            rows = np.flatnonzero(alive)
            when = last[rows] + random.exponential(1 / np.maximum(rate[rows], 1e-300))
            bought = when <= horizon
            x[rows[bought]] += 1
            last[rows[bought]] = when[bought]
            alive[rows] = bought & (random.random(len(rows)) >= drop[rows])
        return x, last


def _exposure(groups: Groups, r: float, alpha: float) -> Derivatives:
    """``r ln alpha - (r + x) ln(alpha + T)`` with its derivatives by (r, alpha, a, b)."""
    (x, _, T), weight = groups.columns, groups.weight
    inverse = 1 / (alpha + T)
    # log1p keeps the digits that a large alpha would swallow.
    length = log1p(T / alpha)
    customers = weight.sum()
    value = -(weight @ ((r + x) * length)) - (weight @ x) * np.log(alpha)
    gradient = np.array([-(weight @ length), customers * r / alpha - weight @ ((r + x) * inverse), 0, 0])
    hessian = np.zeros((4, 4))
    hessian[0, 1] = hessian[1, 0] = customers / alpha - weight @ inverse
    hessian[1, 1] = -customers * r / alpha**2 + weight @ ((r + x) * inverse**2)
    return float(value), gradient, hessian


class BetaGeoNBD(_BetaGeometric):
    """BG/NBD: r, alpha (rate) and a, b (dropout). A customer without repeat purchase is alive."""

    first_coin = 0


class ModifiedBetaGeoNBD(_BetaGeometric):
    """MBG/NBD: r, alpha (rate) and a, b (dropout), which may strike after the first purchase."""

    first_coin = 1
