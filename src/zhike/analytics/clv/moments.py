"""Second moments and tails of the purchases to come, for predictive intervals.

Given the rate and the hazard of a living customer the moments are closed; over the customers' posterior
they are summed on quantiles (BG family) or nodes of time (Pareto/NBD).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaincinv, gammaincinv

from zhike.analytics.clv.beta_geo import QUANTILE_WEIGHTS, QUANTILES, _BetaGeometric
from zhike.analytics.clv.groups import Floats
from zhike.analytics.clv.pareto_nbd import ParetoNBD


def pairs_given_alive(model: Any, x: Floats, T: Floats, horizon: Floats) -> Floats:
    """``E[Y (Y - 1)]`` of the purchases Y in the next ``horizon`` of a customer alive at ``T``."""
    if isinstance(model, ParetoNBD):
        return _pareto_pairs(model, x, T, horizon)
    return _geometric_pairs(model, x, T, horizon)


def _geometric_pairs(model: _BetaGeometric, x: Floats, T: Floats, horizon: Floats) -> Floats:
    """At rate l, each the last with probability p: 2 (1 - p) / p**2 (1 - (1 + l p t) exp(-l p t))."""
    r, alpha, a, b = (model.params_[name] for name in model.names)
    counts, place = np.unique(x, return_inverse=True)
    drop = betaincinv(a, (b + counts + model.first_coin)[:, None], QUANTILES)[place]
    shape, reach = (r + x)[:, None], (horizon / (alpha + T))[:, None]
    by_drop = drop * reach
    kept = np.exp(-shape * np.log1p(by_drop)) * (1 + shape * by_drop / (1 + by_drop))
    small = shape * by_drop < 1e-4
    exact = 2 * (1 - drop) * (1 - kept) / np.where(small, 1.0, drop) ** 2
    limit = (1 - drop) * shape * (shape + 1) * reach**2
    return np.where(small, limit, exact) @ QUANTILE_WEIGHTS


def _pareto_pairs(model: ParetoNBD, x: Floats, T: Floats, horizon: Floats) -> Floats:
    """Rate squared times the expected square of the time left within the horizon."""
    r, alpha, s, beta = (model.params_[name] for name in model.names)
    time = horizon[:, None] * QUANTILES
    outlived = np.exp(-s * np.log1p(time / (beta + T)[:, None]))
    left_squared = horizon * ((2 * time * outlived) @ QUANTILE_WEIGHTS)
    return (r + x) * (r + x + 1) / (alpha + T) ** 2 * left_squared


def sum_interval(
    share_active: Floats, mean: Floats, second: Floats, coverage: float
) -> tuple[Floats, Floats]:
    """Interval of a sum that is 0 unless active, and gamma-shaped by its two moments when it is.

    Equal tails; where more than a tail lies at 0 the interval begins there and has its whole coverage
    above, or it would cover too much.
    """
    active = np.maximum(share_active, 1e-12)
    mean_active = mean / active
    spread = np.maximum(second / active - mean_active**2, 1e-12 * np.maximum(mean_active, 1e-12) ** 2)
    shape = np.clip(mean_active**2 / spread, 1e-3, 1e8)
    scale = mean_active / shape
    tail = (1 - coverage) / 2
    low = np.where(1 - active > tail, 0.0, tail)

    def quantile(p: Floats) -> Floats:
        return _gamma_quantile(1 - (1 - p) / active, shape, scale)

    return quantile(low), quantile(low + coverage)


def _gamma_quantile(p: Floats, shape: Floats, scale: Floats) -> Floats:
    found = np.zeros_like(shape)
    inside = p > 0
    found[inside] = gammaincinv(shape[inside], np.minimum(p[inside], 1 - 1e-12)) * scale[inside]
    return found
