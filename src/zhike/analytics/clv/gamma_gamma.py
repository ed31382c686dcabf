"""Gamma-Gamma: what a customer spends per purchase, and what it will spend, regressed to the base's mean.

Colombo & Jiang (1999); Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value. Spend per purchase is
gamma(p, nu) with nu gamma(q, gamma) across customers, independent of the number of purchases.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from zhike.analytics.clv.base import MaximumLikelihood
from zhike.analytics.clv.groups import DataError, Floats, Groups, read_columns
from zhike.analytics.clv.newton import Derivatives

# Below this many customers with a spend the three parameters are a guess.
MIN_CUSTOMERS = 30
# Weight, in purchases, of the base's mean where the model has no mean (q <= 1).
FALLBACK_PURCHASES = 2.0


class GammaGamma(MaximumLikelihood):
    """Spend model with parameters p, q, gamma. Columns: ``x`` purchases counted, ``mean_spend`` their mean.

    Customers with x = 0 or a mean spend of 0 do not take part in the fit; the prediction for x = 0 is the
    base's mean. ``correlation_`` is corr(x, mean_spend), which the model assumes to be 0.
    """

    columns = ("x", "mean_spend")
    names = ("p", "q", "gamma")
    scaled = ("gamma",)

    def fit(self, X: Any, sample_weight: Any = None) -> Self:
        """Learn from customers who bought ``x`` times for ``mean_spend`` in the mean, both above zero.

        The others are left out. Raises DataError when nobody is left.
        """
        x, spend = (np.asarray(values, dtype=np.float64) for values in read_columns(X, self.columns))
        weight = np.ones_like(x) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        used = (x > 0) & (spend > 0)
        if not used.any():
            raise DataError("no customer with a spend to learn from")
        x, spend, weight = x[used], spend[used], weight[used]
        self.mean_ = float((weight * x) @ spend / (weight @ x))
        self.correlation_ = _correlation(x, spend, weight)
        groups = self._distinct(x, spend, weight)
        scaled = self._in_units(groups, self.mean_)
        self._keep(self._maximum(scaled), groups, self.mean_)
        if groups.customers < MIN_CUSTOMERS:
            self.warnings_.append(f"fewer than {MIN_CUSTOMERS} customers with a spend: the mean is a guess")
        if not self.has_mean_:
            self.warnings_.append("q is at most 1: the model has no mean; a shrunk average is used")
        return self

    def _distinct(self, x: Floats, spend: Floats, weight: Floats) -> Groups:
        """Spends are nearly all different: only the counts are shared."""
        values, place = np.unique(x, return_inverse=True)
        return Groups((x, spend), weight, values, place.astype(np.int64))

    def _maximum(self, groups: Groups) -> Any:
        from zhike.analytics.clv.newton import maximize

        return maximize(
            lambda point: self._derivatives(point, groups), self._starts(groups), size=groups.customers
        )

    def _starts(self, groups: Groups) -> list[Floats]:
        return [np.log(np.array([p, q, (q - 1) / p])) for p, q in ((4.0, 3.5), (1.5, 2.5), (15.0, 6.0))]

    def _unit_loglik(self, groups: Groups, scale: float) -> float:
        return -groups.customers * float(np.log(scale))

    def _derivatives(self, log_parameters: Floats, groups: Groups) -> Derivatives:
        p, q, g = np.exp(log_parameters)
        (x, m), weight = groups.columns, groups.weight
        n, w = groups.values, groups.value_weight
        customers = weight.sum()
        total = np.log(g + x * m)
        inverse = 1 / (g + x * m)
        log_spent = np.log(x * m)
        value = (
            w @ (gammaln(p * n + q) - gammaln(p * n)) + customers * (q * np.log(g) - gammaln(q))
            + weight @ (p * x * log_spent - np.log(m) - (p * x + q) * total)
        )  # fmt: skip
        joint, joint2 = digamma(p * n + q), polygamma(1, p * n + q)
        gradient = np.array([
            w @ (n * (joint - digamma(p * n))) + weight @ (x * (log_spent - total)),
            w @ joint + customers * (np.log(g) - digamma(q)) - weight @ total,
            customers * q / g - weight @ ((p * x + q) * inverse),
        ])  # fmt: skip
        hessian = np.empty((3, 3))
        hessian[0, 0] = w @ (n**2 * (joint2 - polygamma(1, p * n)))
        hessian[0, 1] = hessian[1, 0] = w @ (n * joint2)
        hessian[1, 1] = w @ joint2 - customers * polygamma(1, q)
        hessian[0, 2] = hessian[2, 0] = -(weight @ (x * inverse))
        hessian[1, 2] = hessian[2, 1] = customers / g - weight @ inverse
        hessian[2, 2] = -customers * q / g**2 + weight @ ((p * x + q) * inverse**2)
        parameters = np.array([p, q, g])
        slope = gradient * parameters
        return float(value), slope, hessian * np.outer(parameters, parameters) + np.diag(slope)

    @property
    def has_mean_(self) -> bool:
        """Whether the population mean p gamma / (q - 1) exists with some room."""
        _, q, _ = self._values()
        return q > 1.01 and "q" not in getattr(self, "boundary_", {})

    @property
    def population_mean_(self) -> float:
        """Expected spend of a customer of whom nothing is known."""
        p, q, g = self._values()
        return p * g / (q - 1) if self.has_mean_ else self.mean_

    def predict(self, X: Any) -> Floats:
        """Expected spend per purchase given the history, finite and at least 0; shape (n,)."""
        x, spend = (np.asarray(values, dtype=np.float64) for values in read_columns(X, self.columns))
        p, q, g = self._values()
        if not self.has_mean_:
            return (FALLBACK_PURCHASES * self.mean_ + x * spend) / (FALLBACK_PURCHASES + x)
        return p * (g + x * spend) / (p * x + q - 1)


def _correlation(x: Floats, spend: Floats, weight: Floats) -> float:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(spend) == 0:
        return float("nan")
    covariance = np.cov(np.stack([x, spend]), aweights=weight)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
