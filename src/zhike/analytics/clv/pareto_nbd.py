"""Pareto/NBD: Poisson purchases at a gamma-distributed rate, exponential lifetimes with gamma-distributed
hazard.

Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1); Fader & Hardie
(2005), A Note on Deriving the Pareto/NBD Model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import digamma, expit, gammaln, polygamma

from zhike.analytics.clv.base import PurchaseModel
from zhike.analytics.clv.death_integral import death_integral
from zhike.analytics.clv.death_table import DeathTable
from zhike.analytics.clv.groups import Floats, Groups
from zhike.analytics.clv.newton import Derivatives, Objective
from zhike.analytics.clv.series import power_loss


class ParetoNBD(PurchaseModel):
    """Pareto/NBD with parameters r, alpha (purchase rate) and s, beta (hazard of dropping out)."""

    names = ("r", "alpha", "s", "beta")
    scaled = ("alpha", "beta")

    def _starts(self, groups: Groups) -> list[Floats]:
        x, _, T = groups.columns
        rate = max(float(groups.weight @ x) / max(float(groups.weight @ T), 1e-12), 1e-3)
        return [
            np.log(np.array([r, r / rate * tempo, s, beta]))
            for r, tempo, s, beta in ((0.5, 0.5, 0.5, 0.5), (1.0, 1.0, 0.3, 1.0), (0.5, 0.3, 1.5, 1.0))
        ]

    def _objective(self, groups: Groups, scale: float) -> Objective:
        table = DeathTable.of(groups, 1 / scale)
        return lambda point: self._derivatives(point, groups, table)

    def _derivatives(
        self, log_parameters: Floats, groups: Groups, table: DeathTable | None = None
    ) -> Derivatives:
        r, alpha, s, beta = np.exp(log_parameters)
        (x, t_x, T), weight = groups.columns, groups.weight
        customers = weight.sum()
        n = r + x
        alive, alive_by, alive_bend = _outlived(n, alpha, s, beta, T)
        if table is None:
            dead = death_integral(n, alpha, s, beta, t_x, T, derivatives=True)
        else:
            dead = table.integrals(r, alpha, s, beta)
        assert dead.gradient is not None
        assert dead.hessian is not None
        dead_log = dead.log + np.log(s)
        dead_by, dead_bend = dead.gradient.copy(), dead.hessian
        dead_by[2] += 1 / s
        p_alive = expit(alive - dead_log)
        value = weight @ np.logaddexp(alive, dead_log)
        share_alive, share_dead = weight * p_alive, weight * (1 - p_alive)
        gradient = alive_by @ share_alive + dead_by @ share_dead
        apart = alive_by - dead_by
        hessian = alive_bend @ share_alive + dead_bend @ share_dead
        hessian += (apart * (share_alive * (1 - p_alive))) @ apart.T
        hessian[2, 2] -= share_dead.sum() / s**2
        values, w = groups.values, groups.value_weight
        value += w @ gammaln(r + values) + customers * (r * np.log(alpha) + s * np.log(beta) - gammaln(r))
        gradient += np.array([
            w @ digamma(r + values) + customers * (np.log(alpha) - digamma(r)),
            customers * r / alpha, customers * np.log(beta), customers * s / beta,
        ])  # fmt: skip
        hessian[0, 0] += w @ polygamma(1, r + values) - customers * polygamma(1, r)
        hessian[0, 1] += customers / alpha
        hessian[1, 0] += customers / alpha
        hessian[1, 1] -= customers * r / alpha**2
        hessian[2, 3] += customers / beta
        hessian[3, 2] += customers / beta
        hessian[3, 3] -= customers * s / beta**2
        parameters = np.array([r, alpha, s, beta])
        slope = gradient * parameters
        return float(value), slope, hessian * np.outer(parameters, parameters) + np.diag(slope)

    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        r, alpha, s, beta = self._values()
        outlived = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
        dead = death_integral(r + x, alpha, s, beta, t_x, T)
        return expit(outlived - dead.log - np.log(s))

    def _expected(self, x: Floats, t_x: Floats, T: Floats, horizon: Any) -> Floats:
        r, alpha, s, beta = self._values()
        remaining = -np.log1p(horizon / (beta + T))
        return self._alive(x, t_x, T) * (r + x) * (beta + T) / (alpha + T) * power_loss(s - 1, remaining)

    def _survival(self, x: Floats, T: Floats, at: float) -> Floats:
        _, _, s, beta = self._values()
        return np.exp(-s * np.log1p(at / (beta + T)))

    def _silent(self, x: Floats, T: Floats, horizon: Any) -> Floats:
        r, alpha, s, beta = self._values()
        n, rate, hazard = r + x, alpha + T, beta + T
        end = np.broadcast_to(np.asarray(horizon, dtype=np.float64), n.shape)
        outlived = -n * np.log1p(end / rate) - s * np.log1p(end / hazard)
        died = death_integral(n, rate, s, hazard, np.zeros_like(n), end)
        return np.exp(outlived) + np.exp(died.log + np.log(s) + n * np.log(rate) + s * np.log(hazard))

    def pmf(self, counts: Any, horizon: float) -> Floats:
        """P(X(horizon) = n) of a new customer for every n of ``counts``; shape (n,).

        Rows of the likelihood with all times of the n purchases integrated out: alive with n purchases by
        the end, or dead at y with n purchases by then.
        """
        r, alpha, s, beta = self._values()
        n = np.atleast_1d(np.asarray(counts, dtype=np.float64))
        front = gammaln(r + n) - gammaln(r) - gammaln(n + 1) + r * np.log(alpha) + s * np.log(beta)
        outlived = (
            front + n * np.log(horizon) - (r + n) * np.log(alpha + horizon) - s * np.log(beta + horizon)
        )
        borders = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 13)]) * horizon
        nodes, weights = np.polynomial.legendre.leggauss(40)
        y = (borders[:-1, None] + np.diff(borders)[:, None] * (nodes + 1) / 2).ravel()
        share = (np.diff(borders)[:, None] * weights / 2).ravel()
        died = (
            front[:, None] + np.log(s) + n[:, None] * np.log(y)
            - (r + n)[:, None] * np.log(alpha + y) - (s + 1) * np.log(beta + y)
        )  # fmt: skip
        return np.exp(outlived) + np.exp(died) @ share

    def sample(self, horizon: float, size: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """x and t_x of ``size`` new customers observed until the age ``horizon``."""
        r, alpha, s, beta = self._values()
        rate = random.gamma(r, 1 / alpha, size)
        life = np.minimum(
            random.exponential(1 / np.maximum(random.gamma(s, 1 / beta, size), 1e-300)), horizon
        )
        x = random.poisson(rate * life).astype(np.float64)
        # The last of x uniform purchase times.
        last = np.where(x > 0, life * random.random(size) ** (1 / np.maximum(x, 1)), 0.0)
        return x, last


def _outlived(n: Floats, alpha: float, s: float, beta: float, T: Floats) -> tuple[Floats, Floats, Floats]:
    """Log of ``(alpha + T)^-n (beta + T)^-s`` per row, its gradient (4, rows) and Hessian (4, 4, rows)."""
    end_alpha, end_beta = alpha + T, beta + T
    log_alpha, log_beta = np.log(end_alpha), np.log(end_beta)
    gradient = np.stack([-log_alpha, -n / end_alpha, -log_beta, -s / end_beta])
    hessian = np.zeros((4, 4, len(T)))
    hessian[0, 1] = hessian[1, 0] = -1 / end_alpha
    hessian[1, 1] = n / end_alpha**2
    hessian[2, 3] = hessian[3, 2] = -1 / end_beta
    hessian[3, 3] = s / end_beta**2
    return -n * log_alpha - s * log_beta, gradient, hessian
